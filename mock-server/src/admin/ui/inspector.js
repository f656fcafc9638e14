// The inspector: what the control API tells, shown. It changes nothing but by the buttons, and keeps nothing.

const view = document.querySelector('#view');
const live = document.querySelector('#live');
const KEPT = 500;

/** An element with attributes and children; texts are texts, never markup. */
function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

// a control API with a token is asked with it; the page itself is reached by the same token
async function ask(path, options = {}) {
  const answer = await fetch(path, options);
  const text = await answer.text();
  const told = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Error(told?.detail ?? `${answer.status} ${answer.statusText}`);
  return told;
}

const say = (text) => { live.textContent = text; };
const time = (text) => text.replace('T', ' ').replace(/\.\d+Z$/, '').replace('Z', '');
const empty = (text) => make('p', { class: 'empty' }, text);

function problem(error) {
  view.replaceChildren(make('p', { class: 'empty bad', role: 'alert' }, `The server does not answer: ${error.message}`));
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function table(caption, heads, rows) {
  return make('div', { class: 'table', tabindex: 0, role: 'region', 'aria-label': caption },
    make('table', {}, make('caption', { class: 'visually-hidden' }, caption),
      make('thead', {}, make('tr', {}, heads.map((head) => make('th', { scope: 'col' }, head)))),
      make('tbody', {}, rows)));
}

function terms(pairs) {
  return make('dl', {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)]));
}

// Requests

const requests = { all: [], filter: '', selected: null };

function isRefused(exchange) {
  return !exchange.response || exchange.response.status >= 400;
}

function matches(exchange, filter) {
  const { vendor, operation, fault, stub } = exchange.tessera;
  const words = [exchange.request.method, exchange.request.url, exchange.response?.status, vendor, operation, fault, stub && 'stub'];
  return words.filter(Boolean).join(' ').toLowerCase().includes(filter.toLowerCase());
}

function row(exchange) {
  const { request, response, tessera } = exchange;
  const answeredBy = tessera.stub ? 'stub' : [tessera.vendor, tessera.operation].filter(Boolean).join(' ');
  const open = () => select(exchange.id);
  return make('tr', {
    tabindex: 0, 'data-id': exchange.id, 'aria-selected': String(exchange.id === requests.selected), onclick: open,
    onkeydown: (event) => { if (event.key === 'Enter') open(); },
  },
  make('td', { class: 'faint' }, time(request.loggedDateString).slice(11)),
  make('td', { class: `status ${isRefused(exchange) ? 'bad' : 'good'}` }, response?.status ?? 'broken'),
  make('td', {}, answeredBy || make('span', { class: 'bad' }, 'nothing')),
  make('td', {}, request.method),
  make('td', { class: 'path', title: request.url }, request.url),
  make('td', { class: 'faint' }, `${(tessera.took_microseconds / 1000).toFixed(1)} ms`),
  make('td', {}, tessera.fault ? `fault ${tessera.fault}` : '', tessera.unread.length ? ` ${tessera.unread.length} unread` : ''));
}

function draw() {
  const list = document.querySelector('#list');
  if (!list) return;
  const shown = requests.all.filter((exchange) => matches(exchange, requests.filter));
  const focused = document.activeElement?.dataset?.id;
  list.replaceChildren(shown.length
    ? table('Requests, the newest first', ['Time', 'Status', 'Answered by', 'Method', 'Target', 'Took', ''], shown.map(row))
    : empty(requests.all.length ? 'No request matches the filter.' : 'No request yet. Each one shows here as it comes.'));
  if (focused) list.querySelector(`[data-id="${focused}"]`)?.focus();
}

async function select(id) {
  requests.selected = id;
  const exchange = requests.all.find((one) => one.id === id);
  const split = document.querySelector('.split');
  split?.querySelector('aside')?.remove();
  split?.classList.toggle('open', Boolean(exchange));
  for (const line of document.querySelectorAll('tr[data-id]')) line.setAttribute('aria-selected', String(line.dataset.id === id));
  if (!exchange || !split) return;
  const why = await ask(`requests/${id}/why`).catch((error) => ({ because: error.message }));
  if (requests.selected !== id) return;
  const { request, response, tessera } = exchange;
  const headers = (all) => Object.entries(all).map(([name, value]) => `${name}: ${[value].flat().join(', ')}`).join('\n');
  split.append(make('aside', { 'aria-label': 'The request and its answer' },
    make('h2', {}, `${request.method} ${request.url}`),
    isRefused(exchange) ? make('p', { class: 'because' }, `Refused: ${why.because}.`) : null,
    terms([['Answered by', why.answered_by], ['Rule', why.rule], ['Credential', why.credential], ['Fault', why.fault], ['Never read', tessera.unread.join(', ')]]),
    make('h2', {}, 'Request'), make('pre', {}, headers(request.headers)), request.body ? make('pre', {}, pretty(request.body)) : null,
    make('h2', {}, response ? `Answer ${response.status}` : 'No answer: the connection was broken'),
    response ? make('pre', {}, headers(response.headers)) : null, response?.body ? make('pre', {}, pretty(response.body)) : null));
}

async function showRequests() {
  requests.selected = null;
  const filter = make('input', { type: 'search', id: 'filter', value: requests.filter, placeholder: 'path, vendor, operation, status', oninput: () => { requests.filter = filter.value; draw(); } });
  const forget = make('button', { type: 'button', onclick: async () => { await ask('requests', { method: 'DELETE' }); requests.all = []; select(null); draw(); say('The journal is empty.'); } }, 'Forget all');
  view.replaceChildren(make('div', { class: 'bar' }, make('label', { for: 'filter' }, 'Filter'), filter, forget), make('div', { class: 'split' }, make('div', { id: 'list' })));
  requests.all = (await ask('requests')).requests;
  draw();
}

// Mailbox

const LETTERS = {
  welcome: (content) => [`Welcome to ${content.organization}`, 'You are now a user of the organization.'],
  token: (content) => [`Your token for ${content.organization}`, 'Here is your token. It is shown this once: keep it safe.'],
  seat_assigned: (content) => [`A seat in ${content.organization} is yours`, 'You can use the service from now on.'],
  users_onboarded: (content) => [`Users were added to ${content.organization}`, 'These users are on board.'],
};

async function showMailbox() {
  const { mails } = await ask('mailbox');
  view.replaceChildren(make('h2', {}, `Mailbox: ${mails.length}`), ...(mails.length ? mails.map((mail) => {
    const [subject, text] = (LETTERS[mail.template] ?? (() => [mail.template, '']))(mail.content);
    const rest = Object.entries(mail.content).filter(([name]) => name !== 'organization');
    return make('article', {}, make('h3', {}, subject),
      make('p', { class: 'faint' }, `to ${mail.to}, ${time(mail.created_at)}`), make('p', {}, text),
      rest.length ? terms(rest.map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)])) : null);
  }) : [empty('Nothing was mailed yet.')]));
}

// Webhook deliveries

async function showDeliveries() {
  const { deliveries } = await ask('deliveries');
  view.replaceChildren(make('h2', {}, `Webhook deliveries: ${deliveries.length}`), deliveries.length
    ? table('Webhook deliveries', ['Made', 'Event', 'To', 'State', 'Attempts', 'Last'], deliveries.map((delivery) => {
      const last = delivery.attempts.at(-1);
      return make('tr', {}, make('td', { class: 'faint' }, time(delivery.created_at)), make('td', {}, delivery.event),
        make('td', { class: 'path' }, delivery.url), make('td', {}, delivery.state), make('td', {}, delivery.attempts.length),
        make('td', {}, last ? last.status ?? last.error : ''));
    }))
    : empty('No webhook was told anything yet.'));
}

// Directory

async function showDirectory() {
  const { tables } = await ask('tables');
  const chosen = new URLSearchParams(location.hash.split('?')[1]).get('table') ?? 'users';
  const choice = make('select', { id: 'table', onchange: () => { location.hash = `directory?table=${choice.value}`; } },
    tables.map(({ name, rows }) => make('option', { value: name, selected: name === chosen }, `${name} (${rows})`)));
  const { columns, rows, total } = await ask(`tables/${encodeURIComponent(chosen)}?limit=200`);
  view.replaceChildren(make('div', { class: 'bar' }, make('label', { for: 'table' }, 'Table'), choice,
    make('span', { class: 'faint' }, rows.length < total ? `the first ${rows.length} of ${total} rows; secrets are left out` : 'secrets are left out')),
  rows.length
    ? table(`The table ${chosen}`, columns, rows.map((line) => make('tr', {}, line.map((cell) => make('td', { class: cell === null ? 'cell faint' : 'cell', title: cell ?? '' }, cell ?? 'null')))))
    : empty('The table is empty.'));
}

// Faults

async function showFaults() {
  const { faults } = await ask('faults');
  const forget = make('button', { type: 'button', onclick: async () => { await ask('faults', { method: 'DELETE' }); await showFaults(); say('No fault is set.'); } }, 'Forget all');
  view.replaceChildren(make('div', { class: 'bar' }, make('h2', {}, `Faults: ${faults.length}`), faults.length ? forget : null), faults.length
    ? table('Faults', ['Vendor', 'Operation', 'Principal', 'Fault', 'When', 'Calls', 'Hits'], faults.map((fault) => make('tr', {},
      [fault.vendor, fault.operation ?? 'all', fault.principal ?? 'all', fault.fault,
        fault.first ? `the first ${fault.first}` : fault.every ? `every ${fault.every}.` : 'always', fault.calls, fault.hits]
        .map((cell) => make('td', {}, cell)))))
    : empty('Nothing is set to go wrong. PUT /__admin/faults, or the header Tessera-Fault, sets it.'));
}

// The page

const VIEWS = { requests: showRequests, mailbox: showMailbox, deliveries: showDeliveries, directory: showDirectory, faults: showFaults };
const names = Object.keys(VIEWS);
const current = () => names.find((name) => location.hash.slice(1).split('?')[0] === name) ?? 'requests';

async function show() {
  const name = current();
  for (const link of document.querySelectorAll('nav a')) {
    if (link.hash === `#${name}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${name[0].toUpperCase()}${name.slice(1)} – Tessera mock-server`;
  await VIEWS[name]().catch(problem);
}

async function tick() {
  try {
    const { now, frozen } = await ask('clock');
    document.querySelector('#now').textContent = `${time(now)} UTC${frozen ? ' (stopped)' : ''}`;
  } catch {
    document.querySelector('#now').textContent = '';
  }
}

function listen() {
  const events = new EventSource('events');
  events.addEventListener('open', () => say(''));
  events.addEventListener('error', () => say('The server does not answer; trying again.'));
  events.addEventListener('reset', () => { requests.all = []; show(); say('The server was reset.'); });
  events.addEventListener('exchange', (event) => {
    const exchange = JSON.parse(event.data);
    if (requests.all.some((one) => one.id === exchange.id)) return;
    requests.all.unshift(exchange);
    requests.all.length = Math.min(requests.all.length, KEPT);
    if (current() === 'requests') draw();
  });
}

function step(by) {
  const rows = [...document.querySelectorAll('tbody tr[tabindex]')];
  const at = rows.indexOf(document.activeElement);
  rows[Math.max(0, Math.min(rows.length - 1, at + by))]?.focus();
}

addEventListener('hashchange', async () => { await show(); view.focus(); });
addEventListener('keydown', (event) => {
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName ?? '');
  if (event.key === 'Escape') {
    document.activeElement?.blur();
    const id = requests.selected;
    if (current() === 'requests') { select(null); document.querySelector(`tr[data-id="${id}"]`)?.focus(); }
    return;
  }
  if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'j') step(1);
  else if (event.key === 'k') step(-1);
  else if (event.key === '/') { event.preventDefault(); document.querySelector('#filter')?.focus(); }
  else if (names[Number(event.key) - 1]) location.hash = names[Number(event.key) - 1];
});

await show();
listen();
tick();
setInterval(tick, 1000);
