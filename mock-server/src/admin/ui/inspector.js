// The inspector: what the control API tells, shown as it changes. It keeps nothing, and changes nothing but by its buttons.

import { VIEWS, exchangeItem, make } from './views.js';

/** How many requests are shown at the most. */
const KEPT = 500;
const GONE = 'The server does not answer; trying again.';

const names = Object.keys(VIEWS);
const main = document.querySelector('#view');
const live = document.querySelector('#live');
const filters = {};

// what is shown: the view's name and what it told, the row that Tab goes to and the one that is open
let shown = { name: '', told: { items: [] } };
let at = null;
let opened = null;
let isGone = false;
let isShut = false;

/** The server wants its token, and it was not sent. */
class Shut extends Error {}

/** Asks the server, with its token where this tab was told it. */
async function send(path, options = {}) {
  const token = sessionStorage.getItem('token');
  const answer = await fetch(path, { ...options, headers: { ...options.headers, ...(token && { authorization: `Bearer ${token}` }) } });
  if (answer.status === 401) throw new Shut(token ? 'The server does not take this token.' : '');
  return answer;
}

async function ask(path, options) {
  const answer = await send(path, options);
  const text = await answer.text();
  if (answer.ok) return text ? JSON.parse(text) : null;
  let told = null;
  try { told = JSON.parse(text); } catch { /* no problem of the control API's */ }
  throw new Error(told?.detail ?? `${answer.status} ${answer.statusText}`);
}

let forgetting;

/** Says what has happened for a while, or for as long as it lasts. */
function say(text, isBad = false) {
  clearTimeout(forgetting);
  live.textContent = text;
  live.classList.toggle('bad', isBad);
  if (!isBad) forgetting = setTimeout(() => { live.textContent = ''; }, 5000);
}

function address() {
  const [name, query] = location.hash.slice(1).split('?');
  return { name: names.includes(name) ? name : names[0], parameters: new URLSearchParams(query) };
}

const within = (selector) => main.querySelector(selector);
const rows = () => [...main.querySelectorAll('tbody tr')];
const rowOf = (id) => rows().find((row) => row.dataset.id === id);

// The list

function row(item, columns) {
  const select = () => open(item.id, true);
  return make('tr', { 'data-id': item.id, tabindex: -1, 'aria-selected': String(item.id === opened), onclick: select, onfocus: () => { mark(item.id); } },
    item.cells.map((cell, index) => make('td', { class: columns[index][1], title: cell instanceof Node ? cell.title : cell }, cell)));
}

/** Tab goes to one row of the list; the arrows go on from there. */
function mark(id) {
  at = id;
  const all = rows();
  const marked = all.find((one) => one.dataset.id === id) ?? all[0];
  for (const one of all) one.tabIndex = one === marked ? 0 : -1;
}

function draw() {
  const { name, told } = shown;
  const filter = (filters[name] ?? '').toLowerCase();
  const focused = document.activeElement?.dataset?.id;
  const all = told.items.map((item) => row(item, told.columns));
  const found = all.filter((one) => [...one.cells].some((cell) => `${cell.title} ${cell.textContent}`.toLowerCase().includes(filter)));
  within('tbody').replaceChildren(...found);
  within('.table').hidden = !found.length;
  within('.empty').hidden = found.length > 0;
  within('.empty').textContent = all.length ? 'Nothing matches the filter.' : told.empty;
  within('#count').textContent = found.length < all.length ? `${found.length} of ${all.length}` : all.length;
  within('#note').textContent = told.note ?? '';
  mark(at);
  if (focused) rowOf(focused)?.focus({ preventScroll: true });
}

/** What may be done in the view, unless somebody is just doing it. */
function drawControls() {
  const { told } = shown;
  const controls = within('#controls');
  if (controls.contains(document.activeElement)) return;
  const act = async () => {
    await told.action.run();
    close();
    await refresh();
    within('#filter').focus();
    say(told.action.done);
  };
  controls.replaceChildren(...(told.controls ?? []).filter(Boolean),
    ...(told.action ? [make('button', { type: 'button', onclick: () => act().catch(problem) }, told.action.name)] : []));
}

function frame({ name, told }) {
  const filter = make('input', { type: 'search', id: 'filter', value: filters[name] ?? '', autocomplete: 'off', oninput: () => { filters[name] = filter.value; draw(); } });
  main.replaceChildren(
    make('div', { class: 'bar' },
      make('h2', {}, told.caption, ' ', make('span', { id: 'count', class: 'faint' })),
      make('label', { for: 'filter' }, 'Filter'), filter, make('div', { id: 'controls' }), make('span', { id: 'note', class: 'faint' })),
    make('div', { class: 'split' },
      make('div', { class: 'list' }, make('p', { class: 'empty' }),
        make('div', { class: 'table' }, make('table', { role: 'grid', 'aria-label': told.caption },
          make('thead', {}, make('tr', {}, told.columns.map(([head, kind]) => make('th', { scope: 'col', class: kind }, head)))),
          make('tbody')))),
      make('aside', { 'aria-label': 'Details', tabindex: 0, hidden: true })));
}

// The details

async function open(id, takesFocus) {
  const item = shown.told.items.find((one) => one.id === id);
  if (!item) return;
  opened = id;
  const nodes = await item.details();
  const aside = within('aside');
  if (opened !== id || !aside) return;
  const isOther = aside.dataset.of !== id;
  aside.dataset.of = id;
  aside.replaceChildren(make('button', { type: 'button', class: 'close', onclick: close }, 'Close'), ...nodes.flat().filter(Boolean));
  aside.hidden = false;
  within('.split').classList.add('open');
  if (isOther) aside.scrollTop = 0;
  for (const one of rows()) one.setAttribute('aria-selected', String(one.dataset.id === id));
  if (takesFocus) aside.focus({ preventScroll: true });
}

function close() {
  const id = opened;
  opened = null;
  const aside = within('aside');
  if (!aside || aside.hidden) return;
  aside.hidden = true;
  aside.replaceChildren();
  delete aside.dataset.of;
  within('.split').classList.remove('open');
  const of = rowOf(id);
  of?.setAttribute('aria-selected', 'false');
  of?.focus();
}

/** Goes so many rows on from the one that is focused or open; what is open follows. */
function step(by) {
  const all = rows();
  const aside = within('aside');
  const isInDetails = aside?.contains(document.activeElement);
  const id = isInDetails ? opened : document.activeElement?.dataset?.id;
  const from = all.findIndex((one) => one.dataset.id === id);
  const to = all[Math.max(0, Math.min(all.length - 1, from + by))];
  if (!to) return;
  if (opened !== null) open(to.dataset.id, false);
  if (isInDetails) mark(to.dataset.id);
  else to.focus();
}

// The page

/** Asks for the server's token, which only this tab keeps. */
function shut({ message }) {
  isShut = true;
  shown = { name: '', told: { items: [] } };
  sessionStorage.removeItem('token');
  const token = make('input', { type: 'password', id: 'token', autocomplete: 'off', required: true });
  const submit = (event) => {
    event.preventDefault();
    sessionStorage.setItem('token', token.value);
    begin();
  };
  main.replaceChildren(make('form', { class: 'token', onsubmit: submit },
    make('label', { for: 'token' }, 'The token of the control API (--admin-token)'), token, make('button', {}, 'Open'),
    make('p', { class: 'bad', role: 'alert' }, message)));
  token.focus();
}

function problem(error) {
  if (error instanceof Shut) { shut(error); return; }
  // a server that is gone is told by the event stream, and what was there is still shown
  if (error instanceof TypeError) return;
  say(error.message, true);
}

// for each list that is being asked for, what has come meanwhile and may not be in it
const hearing = new Set();

/** The items, and the exchanges that are not among them, the newest first. */
function merged(items, exchanges) {
  const known = new Set(items.map((item) => item.id));
  const fresh = exchanges.filter((exchange) => !known.has(exchange.id)).map((exchange) => exchangeItem(exchange, ask));
  return [...fresh, ...items].sort((one, other) => other.number - one.number).slice(0, KEPT);
}

async function load() {
  const { name, parameters } = address();
  const heard = [];
  hearing.add(heard);
  try {
    const told = await VIEWS[name](ask, parameters);
    if (name === 'requests') told.items = merged(told.items, heard);
    return { name, query: String(parameters), told };
  } finally {
    hearing.delete(heard);
  }
}

async function show() {
  const { name } = address();
  const isOther = name !== shown.name;
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} – Tessera mock-server`;
  const kept = isOther ? null : document.activeElement?.id;
  opened = null;
  at = null;
  let loaded;
  try {
    loaded = await load();
  } catch (error) {
    if (error instanceof Shut) { shut(error); return; }
    shown = { name: '', told: { items: [] } };
    main.replaceChildren(make('p', { class: 'empty bad', role: 'alert' }, error instanceof TypeError ? GONE : error.message));
    return;
  }
  if (!isCurrent(loaded)) return;
  shown = loaded;
  frame(shown);
  draw();
  drawControls();
  if (kept) document.getElementById(kept)?.focus();
}

const isCurrent = ({ name, query }) => name === address().name && query === String(address().parameters);

/** Shows what has changed, leaving focus, filter and place as they are. */
async function refresh() {
  const loaded = await load();
  if (!isCurrent(loaded) || !isCurrent(shown)) return;
  const raw = ({ told }) => JSON.stringify([told.caption, told.items.map((item) => item.raw)]);
  const isSame = raw(loaded) === raw(shown);
  shown = loaded;
  drawControls();
  if (isSame) return;
  draw();
  if (opened === null) return;
  if (shown.told.items.some((item) => item.id === opened)) open(opened, false);
  else close();
}

let isDue = false;

/** Once, soon, however often it is asked for. */
function refreshSoon() {
  if (isDue) return;
  isDue = true;
  setTimeout(() => {
    isDue = false;
    refresh().catch(problem);
  }, 250);
}

let come = [];

/** Puts what has come into the list, once a frame. */
function drawCome() {
  if (shown.name === 'requests') {
    shown.told.items = merged(shown.told.items, come);
    draw();
  } else refreshSoon();
  come = [];
}

/** What the server tells as it happens. An EventSource would do the same, but cannot bring a token. */
async function* events() {
  const answer = await send('events');
  yield ['open'];
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const all = (text + value).split('\n\n');
    text = all.pop();
    for (const one of all) yield one.split('\n').map((line) => line.slice(line.indexOf(':') + 2));
  }
}

const hear = {
  open() {
    // what came before the stream was open is asked for
    if (isGone) { say('The server is back.'); show(); } else refresh().catch(problem);
    isGone = false;
  },
  reset() { come = []; say('The server was reset.'); show(); },
  exchange(data) {
    const exchange = JSON.parse(data);
    for (const one of hearing) one.push(exchange);
    if (!come.length) requestAnimationFrame(drawCome);
    come.push(exchange);
  },
};

/** Listens for as long as the server lets it, and again when it was gone. */
async function listen() {
  while (!isShut) {
    try {
      for await (const [event, data] of events()) hear[event]?.(data);
    } catch (error) {
      if (error instanceof Shut) { shut(error); return; }
    }
    isGone = true;
    say(GONE, true);
    await new Promise((resolve) => { setTimeout(resolve, 1000); });
  }
}

const now = document.querySelector('#now');

async function tick() {
  if (isGone || isShut || document.hidden) return;
  try {
    const clock = await ask('clock');
    now.textContent = `${clock.now.replace('T', ' ').replace(/(\.\d+)?Z$/, '')} UTC${clock.frozen ? ' (stopped)' : ''}`;
    // an attempt is made whether or not anybody calls
    if (shown.name === 'deliveries') await refresh();
  } catch {
    now.textContent = '';
  }
}

addEventListener('hashchange', async () => {
  const isOther = address().name !== shown.name;
  await show();
  if (isOther) main.focus();
});

addEventListener('keydown', (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const { activeElement } = document;
  if (event.key === 'Escape') {
    if (opened !== null) close();
    else activeElement?.blur();
    return;
  }
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(activeElement?.tagName ?? '')) return;
  const inList = activeElement?.matches?.('tbody tr');
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    '/': () => within('#filter')?.focus(),
    ...(inList && {
      ArrowDown: () => step(1),
      ArrowUp: () => step(-1),
      Home: () => step(-Infinity),
      End: () => step(Infinity),
      Enter: () => open(activeElement.dataset.id, true),
      ' ': () => open(activeElement.dataset.id, true),
    }),
  };
  const view = names[Number(event.key) - 1];
  const act = keys[event.key] ?? (view && (() => { location.hash = view; }));
  if (!act) return;
  event.preventDefault();
  act();
});

let isListening = false;

async function begin() {
  isShut = false;
  await show();
  if (isShut) return;
  tick();
  if (isListening) return;
  isListening = true;
  await listen();
  isListening = false;
}

begin();
setInterval(tick, 1000);
