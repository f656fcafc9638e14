// Draws the OpenAPI document that the fragment names: `#native`, `#native/create_user`, `#native/schemas/User`.

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
const main = document.getElementById('operations');
const find = document.getElementById('find');
const found = document.getElementById('found');
let shown = '';

/** An element with its properties and what is in it. */
function make(name, properties, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties ?? {})) element.setAttribute(key, value);
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

const code = (text) => make('code', null, text);
const nameOf = (reference) => reference.split('/').at(-1);
const resolved = (told, item) => (item.$ref ? told.components.responses[nameOf(item.$ref)] : item);

/** What a schema says of a value, in words and with links to the schemas that have a name. */
function words(schema, vendor, depth) {
  const inner = (one) => words(one, vendor, depth);
  if (schema.$ref) {
    const name = nameOf(schema.$ref);
    return [make('a', { href: `#${vendor}/schemas/${name}` }, name)];
  }
  const any = schema.anyOf ?? schema.oneOf;
  if (any) return any.flatMap((one, at) => (at ? [' or ', ...inner(one)] : inner(one)));
  if (schema.enum) return [schema.enum.map((value) => JSON.stringify(value)).join(' | ')];
  if (schema.type === 'array') return ['array of ', ...inner(schema.items ?? {}), limits(schema)];
  if (schema.type === 'object') return members(schema, vendor, depth);
  return [schema.type ? (schema.format ?? schema.type) : 'anything', limits(schema)];
}

/** The bounds of a value. */
function limits(schema) {
  const range = (least, most, what) => {
    if (least === undefined && most === undefined) return [];
    return [`${least ?? 'at most'}${most === undefined ? ' or more' : least === undefined ? ` ${most}` : ` to ${most}`}${what}`];
  };
  const all = [
    ...range(schema.minimum, schema.maximum, ''),
    ...range(schema.minLength, schema.maxLength, ' characters'),
    ...range(schema.minItems, schema.maxItems, ' items'),
    ...(schema.pattern ? [`like ${schema.pattern}`] : []),
    ...(schema.default === undefined ? [] : [`by default ${JSON.stringify(schema.default)}`]),
  ];
  return all.length ? ` (${all.join(', ')})` : '';
}

/** The members of an object, a line each. */
function members(schema, vendor, depth) {
  const all = Object.entries(schema.properties ?? {});
  const indent = '  '.repeat(depth + 1);
  const lines = all.flatMap(([name, one]) => [
    `${indent}${name}${schema.required?.includes(name) ? '' : '?'}: `,
    ...words(one, vendor, depth + 1),
    one.description ? make('span', { class: 'told' }, `  // ${one.description}`) : '',
    '\n',
  ]);
  const others = schema.additionalProperties;
  if (others === true) lines.push(`${indent}…\n`);
  else if (others) lines.push(`${indent}[any name]: `, ...words(others, vendor, depth + 1), '\n');
  return lines.length ? ['{\n', ...lines, `${'  '.repeat(depth)}}`] : ['{}'];
}

const drawn = (schema, vendor) => make('pre', { tabindex: '0' }, words(schema, vendor, 0));

function content(content, vendor) {
  return Object.entries(content ?? {}).flatMap(([type, { schema, example }]) => [
    make('p', null, code(type)),
    schema ? drawn(schema, vendor) : null,
    example === undefined ? null : make('p', { class: 'told' }, 'For example'),
    example === undefined ? null : make('pre', { tabindex: '0' }, JSON.stringify(example, null, 2)),
  ]);
}

function parameters(list, vendor) {
  if (!list?.length) return [];
  const row = ({ name, in: place, schema, description }) => make('tr', null,
    make('td', null, code(name)), make('td', null, place), make('td', null, ...words(schema ?? {}, vendor, 0)), make('td', null, description ?? ''));
  const head = make('tr', null, ['Name', 'In', 'Value', ''].map((text) => (text ? make('th', { scope: 'col' }, text) : make('td'))));
  return [make('h3', null, 'Parameters'), make('div', { class: 'table' }, make('table', null, make('thead', null, head), make('tbody', null, list.map(row))))];
}

function operation(told, vendor, path, method, one) {
  const body = one.requestBody;
  const responses = Object.entries(one.responses).map(([status, response]) => {
    const { description, content: answered, headers } = resolved(told, response);
    const head = make('summary', null, code(status), ` ${description}`);
    const names = Object.entries(headers ?? {}).map(([name, header]) => make('p', null, code(name), ` ${header.description ?? ''}`));
    return answered || headers ? make('details', status.startsWith('2') ? { open: '' } : null, head, make('div', null, names, content(answered, vendor))) : make('p', null, code(status), ` ${description}`);
  });
  return make('details', { id: `${vendor}/${one.operationId}`, 'data-text': `${method} ${path} ${one.operationId} ${one.summary}`.toLowerCase() },
    make('summary', null, make('span', { class: 'method' }, method.toUpperCase()), ' ', code(path), ' ', make('span', { class: 'told' }, one.summary)),
    make('div', null,
      make('p', null, code(one.operationId), one.security?.length === 0 ? ' needs no credential.' : null, one.description ? ` ${one.description.replaceAll('`', '')}` : null),
      parameters(one.parameters, vendor),
      body ? [make('h3', null, body.required ? 'Body' : 'Body, which may be left out'), ...content(body.content, vendor)] : null,
      make('h3', null, 'Answers'), responses));
}

/** Draws a document. */
function draw(told, vendor) {
  const groups = new Map();
  for (const [path, item] of Object.entries(told.paths)) {
    for (const method of METHODS.filter((method) => item[method])) {
      const tag = item[method].tags?.[0] ?? '';
      groups.set(tag, [...(groups.get(tag) ?? []), operation(told, vendor, path, method, item[method])]);
    }
  }
  const schemes = Object.entries(told.components.securitySchemes).map(([name, scheme]) => {
    const kind = scheme.scheme ?? (scheme.type === 'apiKey' ? `${scheme.in} ${scheme.name}` : scheme.type);
    return make('li', null, code(name), `: ${kind}. `, scheme.description ?? '');
  });
  const schemas = Object.entries(told.components.schemas).map(([name, schema]) => make('details',
    { id: `${vendor}/schemas/${name}`, 'data-text': name.toLowerCase() },
    make('summary', null, code(name)), make('div', null, schema.description ? make('p', null, schema.description) : null, drawn(schema, vendor))));
  main.replaceChildren(
    make('h1', null, told.info.title),
    make('p', null, told.info.description),
    make('p', null, 'Its OpenAPI document is ', make('a', { href: `${vendor}.json` }, `${vendor}.json`), '. Any of these credentials opens it:'),
    make('ul', null, schemes),
    ...[...groups].map(([tag, operations]) => make('section', null, make('h2', null, tag), operations)),
    make('section', null, make('h2', null, 'Schemas'), schemas),
  );
  sift();
}

/** Shows what the search field's words are in. */
function sift() {
  const wanted = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const one of main.querySelectorAll('details[data-text]')) {
    one.hidden = !wanted.every((word) => one.dataset.text.includes(word));
    count += one.hidden ? 0 : 1;
  }
  for (const section of main.querySelectorAll('section')) section.hidden = !section.querySelector('details[data-text]:not([hidden])');
  found.textContent = wanted.length ? `${count} found` : '';
}

/** Goes where the fragment leads. */
async function go() {
  const links = [...document.querySelectorAll('nav a')];
  const [wanted] = decodeURIComponent(location.hash.slice(1)).split('/');
  if (wanted === 'operations') return main.focus();
  const link = links.find((one) => one.hash === `#${wanted}`) ?? links[0];
  const vendor = link.hash.slice(1);
  if (shown !== vendor) {
    for (const one of links) one.removeAttribute('aria-current');
    link.setAttribute('aria-current', 'page');
    const answer = await fetch(`${vendor}.json`);
    draw(await answer.json(), vendor);
    document.title = `${link.textContent} · Tessera's APIs`;
    shown = vendor;
  }
  const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target?.tagName === 'DETAILS') {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
    target.querySelector('summary').focus({ preventScroll: true });
  }
}

find.addEventListener('input', sift);
addEventListener('hashchange', go);
await go();
