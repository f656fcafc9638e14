// What each view shows: what the control API tells, as rows with details. Texts become text nodes and never markup.

/** An element with attributes and children. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value === true ? '' : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined).map((child) => (child instanceof Node ? child : String(child))));
  return element;
}

const time = (text) => text.replace('T', ' ').replace(/\.\d+/, '').replace('Z', '');
const ofDay = (text) => time(text).slice(11);
const milliseconds = (number) => `${number.toFixed(1)} ms`;
// ids are half of most targets, and the least of what tells them apart
const short = (target) => target.replaceAll(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{8}([0-9a-f]{4})\b/g, '…$1');
const status = (isBad, text) => make('span', { class: `status ${isBad ? 'bad' : 'good'}` }, text);

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function terms(pairs) {
  return make('dl', {}, pairs.filter(([, value]) => value !== null && value !== undefined && value !== '')
    .flatMap(([term, value]) => [make('dt', {}, term), make('dd', {}, value)]));
}

function part(heading, ...texts) {
  return [make('h3', {}, heading), ...texts.filter(Boolean).map((text) => make('pre', {}, text))];
}

// Requests

const isRefused = ({ response }) => !response || response.status >= 400;
const headers = (all) => Object.entries(all).map(([name, value]) => `${name}: ${[value].flat().join(', ')}`).join('\n');

function because({ unknown, rule, because: reason }) {
  if (unknown) return `Why is not known: ${unknown}`;
  if (rule && reason.endsWith(rule)) return [`Refused: ${reason.slice(0, -rule.length)}`, make('code', {}, rule)];
  return `Refused: ${reason}.`;
}

/** An exchange of the journal as a row. */
export function exchangeItem(exchange, ask) {
  const { request, response, tessera } = exchange;
  const answeredBy = tessera.stub ? 'stub' : [tessera.vendor, tessera.operation].filter(Boolean).join(' ');
  const remarks = [tessera.fault && `fault ${tessera.fault}`, tessera.unread.length && `${tessera.unread.length} unread`];
  return {
    id: exchange.id,
    number: tessera.number,
    raw: exchange,
    cells: [ofDay(request.loggedDateString), status(isRefused(exchange), response?.status ?? 'broken'), request.method, make('span', { title: request.url }, short(request.url)),
      answeredBy || status(true, 'nothing'), milliseconds(tessera.took_microseconds / 1000), remarks.filter(Boolean).join(', ')],
    async details() {
      const why = await ask(`requests/${exchange.id}/why`).catch((error) => ({ unknown: error.message }));
      return [
        make('h2', {}, request.method, ' ', make('span', { class: 'target' }, request.url)),
        isRefused(exchange) ? make('p', { class: 'because' }, because(why)) : null,
        terms([['Answered by', why.answered_by],
          ...[['Rule', why.rule], ['Credential', why.credential], ['Fault', why.fault]].filter(([, value]) => !why.because?.includes(value)),
          ['Never read', tessera.unread.join(', ')], ['At', `${time(request.loggedDateString)} UTC`],
          ['Took', milliseconds(tessera.took_microseconds / 1000)]]),
        part('Request', headers(request.headers), pretty(request.body)),
        response ? part(`Answer ${response.status}`, headers(response.headers), pretty(response.body)) : part('No answer: the connection was broken'),
      ];
    },
  };
}

async function requests(ask) {
  const told = await ask('requests');
  return {
    caption: 'Requests',
    columns: [['Time', 'time'], ['Status'], ['Method'], ['Target', 'wide mono'], ['Answered by', 'minor'], ['Took', 'minor number'], ['Remarks', 'minor']],
    items: told.requests.map((exchange) => exchangeItem(exchange, ask)),
    empty: told.requestJournalDisabled ? 'The server keeps no requests: it was started with --journal-limit 0.' : 'No request yet. Each one shows here as it comes.',
    action: { name: 'Forget all', done: 'The journal is empty.', run: () => ask('requests', { method: 'DELETE' }) },
  };
}

// Mailbox

async function mailbox(ask) {
  const { mails } = await ask('mailbox');
  return {
    caption: 'Mailbox',
    columns: [['Time', 'time'], ['To'], ['Subject', 'wide'], ['Template', 'minor']],
    items: mails.map((mail) => ({
      id: mail.id,
      raw: mail,
      cells: [ofDay(mail.created_at), mail.to, mail.subject, mail.template],
      details: () => [
        make('h2', {}, mail.subject),
        terms([
          ['To', mail.to],
          ['At', `${time(mail.created_at)} UTC`],
          ['Organization', mail.organization_id],
          ['State', [mail.state, mail.last_error].filter(Boolean).join(': ')],
        ]),
        make('p', { class: 'letter' }, mail.text),
        part(`The template ${mail.template} is filled with`, JSON.stringify(mail.content, null, 2)),
      ],
    })),
    empty: 'Nothing was mailed yet.',
  };
}

// Webhook deliveries

function attempt({ started_at: started, duration_milliseconds: took, status: answer, error, detail }) {
  return [`${time(started)} UTC`, make('span', {}, status(!(answer < 300), answer ?? error), ` after ${milliseconds(took)}`, detail ? `: ${detail}` : '')];
}

async function deliveries(ask) {
  const told = await ask('deliveries');
  return {
    caption: 'Webhook deliveries',
    columns: [['Made', 'time'], ['State'], ['Event'], ['To', 'wide mono'], ['Attempts', 'minor number'], ['Last', 'minor']],
    items: told.deliveries.map((delivery) => {
      const last = delivery.attempts.at(-1);
      return {
        id: delivery.id,
        raw: delivery,
        cells: [ofDay(delivery.created_at), delivery.state === 'pending' ? delivery.state : status(delivery.state === 'failed', delivery.state),
          delivery.event, delivery.url ?? 'a webhook that is gone', delivery.attempts.length, last ? last.status ?? last.error : ''],
        details: () => [
          make('h2', {}, delivery.event),
          terms([['To', delivery.url], ['State', delivery.state], ['Made', `${time(delivery.created_at)} UTC`],
            ['Next attempt', delivery.next_attempt_at && `${time(delivery.next_attempt_at)} UTC`], ['Organization', delivery.organization], ['Id', delivery.id]]),
          make('h3', {}, 'Attempts'),
          delivery.attempts.length ? terms(delivery.attempts.map(attempt)) : make('p', {}, 'None yet.'),
        ],
      };
    }),
    empty: 'No webhook was told anything yet.',
  };
}

// Directory

const PAGE = 200;

/** A value as it is stored, made readable. */
function stored(column, value) {
  if (column.endsWith('_at') && Number.isSafeInteger(value)) return `${value} (${time(new Date(value).toISOString())} UTC)`;
  return value === null ? 'null' : pretty(String(value));
}

async function directory(ask, parameters) {
  const chosen = parameters.get('table') ?? 'users';
  const from = Math.max(0, Number.parseInt(parameters.get('from'), 10) || 0);
  const [{ tables }, { columns, rows, total }] = await Promise.all([ask('tables'), ask(`tables/${encodeURIComponent(chosen)}?limit=${PAGE}&offset=${from}`)]);
  const at = (offset) => `#${new URLSearchParams({ table: chosen, from: offset })}`.replace('#', '#directory?');
  const choice = make('select', { id: 'table', onchange: () => { location.hash = `directory?${new URLSearchParams({ table: choice.value })}`; } },
    tables.map((table) => make('option', { value: table.name, selected: table.name === chosen }, `${table.name} (${table.rows})`)));
  return {
    caption: `The table ${chosen}`,
    columns: columns.map((name) => [name, 'mono']),
    items: rows.map((line, index) => ({
      id: `${chosen} ${from + index}`,
      raw: line,
      cells: line.map((cell) => cell ?? make('span', { class: 'faint' }, 'null')),
      details: () => [make('h2', {}, `${chosen}, row ${from + index + 1}`),
        terms(columns.map((name, column) => [name, make('span', { class: 'cell' }, stored(name, line[column]))]))],
    })),
    empty: 'The table is empty.',
    controls: [make('label', { for: 'table' }, 'Table'), choice,
      from > 0 ? make('a', { href: at(Math.max(0, from - PAGE)), id: 'previous' }, 'Previous') : null,
      from + rows.length < total ? make('a', { href: at(from + PAGE), id: 'next' }, 'Next') : null],
    note: `${total > PAGE ? `rows ${from + 1} to ${from + rows.length} of ${total}; ` : ''}secrets are left out`,
  };
}

// Faults

function when({ first, every }) {
  if (first) return `the first ${first}`;
  return every ? `every ${every}.` : 'always';
}

async function faults(ask) {
  const told = await ask('faults');
  return {
    caption: 'Faults',
    columns: [['Fault'], ['Vendor'], ['Operation', 'wide'], ['Principal', 'minor'], ['When', 'minor'], ['Calls', 'minor number'], ['Hits', 'number']],
    items: told.faults.map((fault, index) => ({
      id: String(index),
      raw: fault,
      cells: [fault.fault, fault.vendor, fault.operation ?? 'all', fault.principal ?? 'all', when(fault), fault.calls, fault.hits],
      details: () => [make('h2', {}, `${fault.vendor}: ${fault.fault}`), terms([['Calls that it is for', fault.calls], ['Of them hit', fault.hits]]),
        part('The rule', JSON.stringify({ ...fault, calls: undefined, hits: undefined }, null, 2))],
    })),
    empty: 'Nothing is set to go wrong. PUT /__admin/faults sets it, or for one call the header Tessera-Fault.',
    action: told.faults.length ? { name: 'Forget all', done: 'No fault is set.', run: () => ask('faults', { method: 'DELETE' }) } : null,
  };
}

/** The views by the names that the address has for them, each told how to ask and what the address says besides. */
export const VIEWS = { requests, mailbox, deliveries, directory, faults };
