// The console, at /console/, on both hosts.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, test } from 'node:test';

import { assertAccessible, assertFits, eventually, pageTest, screenshot } from './chromium.mjs';
import { edge, mockServer } from './hosts.mjs';

const ROOT_KEY = 'tsr_root_DemoRootKeyForLocalTestingOnly14fVYG';
const PASSWORD = 'Console-Admin-2026';
/** What Chromium logs of every answer that is no success; a test that provokes some says so. */
const refused = (status) => new RegExp(`console: Failed to load resource: the server responded with a status of ${status} `);
const OFFLINE = /console: Failed to load resource: net::ERR_INTERNET_DISCONNECTED/;

let made = 0;

/** Calls Tessera's own API. */
async function call(host, secret, method, path, body) {
  const response = await fetch(`${host}${path}`, {
    method,
    headers: { authorization: `${path.startsWith('/api/v1.0') ? 'Api-Token' : 'Bearer'} ${secret}` },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

/** An organization of the test's own, with an admin and a key. */
async function organization(host, { seats = 10 } = {}) {
  const unique = `${process.pid}-${Date.now().toString(36)}-${made++}`;
  const email = `admin-${unique}@console.test`;
  const created = await call(host, ROOT_KEY, 'POST', '/v1/organizations', {
    name: `Console ${unique}`, seats, admin: { email, password: PASSWORD },
  });
  const at = `/v1/organizations/${created.id}`;
  return {
    ...created, at, email, unique,
    call: (method, path, body) => call(host, created.api_key, method, path, body),
    page: `/console/organizations/${created.id}`,
  };
}

/** Signs in where the page is. */
async function signIn(page, key) {
  await page.getByRole('textbox', { name: 'Key' }).fill(key);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Sign out' }).waitFor();
}

/** Opens a page of the console as the organization's key. */
async function open(page, own, path = '') {
  await page.goto(own.page + path);
  await signIn(page, own.api_key);
}

const title = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
const focused = (page) => page.evaluate(() => document.activeElement.textContent);

/** How long the page's main thread works while this is done, in milliseconds: time on the processor, not on the clock. */
async function cost(page, act) {
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Performance.enable', { timeDomain: 'threadTicks' });
  const worked = async () => {
    const { metrics } = await devtools.send('Performance.getMetrics');
    return metrics.find((metric) => metric.name === 'TaskDuration').value * 1000;
  };
  const before = await worked();
  await act();
  const after = await worked();
  await devtools.detach();
  return after - before;
}

/** The tests of one host. */
function suite(name, url, skip) {
  const consoleTest = (what, options, run) => pageTest(`${name}: ${what}`, { url, skip, ...options }, run);

  consoleTest('a key signs in, and a wrong one is told why not', { tolerates: [refused(401)] }, async ({ page, host }) => {
    const own = await organization(host);
    await page.goto('/console/');
    await page.getByRole('textbox', { name: 'Key' }).fill('tsr_key_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('401').waitFor();
    await page.getByRole('textbox', { name: 'Key' }).fill(own.api_key);
    await page.keyboard.press('Enter');
    await title(page, own.name);
    assert.equal(new URL(page.url()).pathname, own.page);
    // the credential is in this tab alone
    assert.ok(!(await page.evaluate(() => JSON.stringify(localStorage))).includes(own.api_key));
    assert.ok(!page.url().includes(own.api_key));
    await page.reload();
    await title(page, own.name);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Tessera' }).waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
  });

  consoleTest('an admin signs in by e-mail and password', { tolerates: [refused(400)] }, async ({ page, host }) => {
    const own = await organization(host);
    await page.goto(`${own.page}/keys`);
    await page.getByRole('radio', { name: 'E-mail and password' }).check();
    await page.getByRole('textbox', { name: 'E-mail' }).fill(own.email);
    await page.getByRole('textbox', { name: 'Password' }).fill('not this one');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').getByText('The e-mail or the password is wrong').waitFor();
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    // where the address said, and not at the start
    await title(page, 'Keys');
    await page.getByText('api_key', { exact: true }).waitFor();
    await page.getByRole('link', { name: 'Invite', exact: true }).click();
    await page.getByLabel('By', { exact: true }).waitFor();
    assert.match(await page.getByLabel('By', { exact: true }).textContent(), /^Tessera/);
  });

  consoleTest('the root key makes an organization, whose key is shown once', {}, async ({ page }) => {
    await page.goto('/console/');
    await signIn(page, ROOT_KEY);
    await title(page, 'Organizations');
    await page.getByRole('button', { name: 'New organization' }).click();
    await page.getByLabel('Name').fill('Made in the console');
    await page.getByRole('textbox', { name: 'Seats' }).fill('7');
    await page.getByRole('button', { name: 'Make it' }).click();
    assert.match(await page.getByRole('dialog').locator('output').textContent(), /^tsr_key_/);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await title(page, 'Made in the console');
    await page.getByText('0 of 7 seats in use').waitFor();
    await page.getByRole('textbox', { name: 'Seats' }).fill('8');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('0 of 8 seats in use').waitFor();
  });

  consoleTest('a person is added, gets a seat, a token, a role and a group', { tolerates: [refused(422)] }, async ({ page, host }) => {
    const own = await organization(host);
    await open(page, own, '/people');
    await page.getByRole('button', { name: 'Add a person' }).click();
    await page.getByLabel('E-mail').fill('not an address');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    // the problem is told at the field, in the API's words
    const email = page.getByLabel('E-mail');
    await page.getByRole('dialog').locator('.fault').getByText('should be an e-mail address').waitFor();
    assert.equal(await email.getAttribute('aria-invalid'), 'true');
    await email.fill('ada@console.test');
    await page.getByLabel('First name').fill('Ada');
    await page.getByLabel('Last name').fill('Adder');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await title(page, 'Ada Adder');

    await page.getByRole('button', { name: 'Give a seat' }).click();
    await page.getByText('Holds a seat since').waitFor();
    await page.getByLabel('Role in Astra').selectOption('viewer');
    await eventually(async () => assert.equal(await page.getByLabel('Role in Astra').inputValue(), 'viewer'));
    await page.getByLabel('Users', { exact: true }).check();
    await page.getByRole('status').getByText('Put into the group').waitFor();
    await page.getByRole('button', { name: 'Issue a token' }).click();
    await page.getByRole('textbox', { name: 'Name', exact: true }).fill('laptop');
    await page.getByRole('button', { name: 'Issue', exact: true }).click();
    const token = await page.getByRole('dialog').locator('output').textContent();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByText('without end').waitFor();

    const [, ada] = (await own.call('GET', `${own.at}/users`)).data;
    assert.ok(ada.seated_at);
    const { items: [bound] } = await own.call('GET', `/accounts/${own.id}/core/v1/users/${ada.id}/roleBindings`);
    assert.equal(bound.role, 'viewer');
    assert.deepEqual((await own.call('GET', '/api/v1.0/onpremise/users/ada@console.test')).groups, ['users']);
    // the token opens Astra, as the person who is a viewer there
    await call(host, token, 'GET', `/accounts/${own.id}/core/v1/users`);

    await page.getByRole('button', { name: 'Revoke' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText(/^revoked /).waitFor();
    await page.getByRole('button', { name: 'Take the seat away' }).click();
    await page.getByText('Holds no seat').waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await title(page, 'People');
    await page.getByText('1 person').waitFor();
    assert.equal((await own.call('GET', `${own.at}/users`)).data.length, 1);
  });

  consoleTest('two hundred are invited by CSV, but for three bad lines', {}, async ({ page, host, context }) => {
    const own = await organization(host, { seats: 300 });
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, own, '/invite');
    const addresses = Array.from({ length: 197 }, (_, at) => `person-${at}-${own.unique}@console.test`);
    const lines = addresses.map((address, at) => `${address},Person,Number ${at}`);
    lines.splice(10, 0, 'not an address,Bad,One');
    lines.splice(50, 0, ',Bad,Two');
    lines.push('three@@console.test,Bad,Three');
    const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(['email,first_name,last_name', ...lines].join('\n')) };
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByText('197 people to invite, 3 lines with a problem, left out').waitFor();
    // each problem is at its line, in Anaconda's words
    const row = (line) => page.getByRole('grid', { name: 'Lines' }).getByRole('row').filter({ has: page.getByRole('button', { name: `Line ${line}`, exact: true }) });
    assert.match(await row(12).textContent(), /value is not a valid email address/);
    // the call that will be made is shown, without the key, and can be copied
    await page.getByRole('heading', { name: 'Call 1 of 2' }).waitFor();
    await page.getByRole('button', { name: 'Copy curl' }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    assert.match(command, /users_auto_registration/);
    assert.ok(command.includes(addresses[99]) && !command.includes(addresses[100]));
    assert.ok(!command.includes(own.api_key));
    // a line is found by its number
    await row(12).getByRole('button').click();
    assert.equal(await page.evaluate(() => { const { value, selectionStart, selectionEnd } = document.activeElement; return value.slice(selectionStart, selectionEnd); }), 'not an address,Bad,One');

    await page.getByRole('button', { name: 'Invite 197 people' }).click();
    await page.getByText('0 people to invite, 3 lines with a problem, left out, 197 people invited').waitFor();
    assert.match(await row(2).textContent(), /users_in_onboarding_process/);
    assert.equal((await own.call('GET', `${own.at}/seats`)).used, 197);

    // what was wrong is corrected, and it alone is sent
    await row(12).getByRole('button').click();
    await page.keyboard.type(`late-${own.unique}@console.test,Late,Comer`);
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('0 people to invite, 2 lines with a problem, left out, 198 people invited').waitFor();
    await page.getByRole('link', { name: 'Outbox' }).click();
    await page.getByRole('grid', { name: 'Mail' }).getByText(own.email).first().waitFor();
    await page.getByRole('grid', { name: 'Mail' }).getByText(`late-${own.unique}@console.test`).first().waitFor();
  });

  consoleTest('people are invited through each API, and each one is told of', { tolerates: [refused(400), refused(409)] }, async ({ page, host }) => {
    const own = await organization(host, { seats: 10 });
    await open(page, own, '/invite');
    const ways = ['AppOptima: create in bulk', 'Astra: create one by one', 'Tessera: add one by one, without a seat'];
    for (const [at, way] of ways.entries()) {
      await page.getByLabel('By', { exact: true }).selectOption(way);
      await page.getByLabel('CSV', { exact: true }).fill(`one-${at}@console.test;One;Person\ntwo-${at}@console.test;Two;People`);
      await page.getByRole('button', { name: 'Invite 2 people' }).click();
      await page.getByText('0 people to invite, 2 people invited').waitFor();
    }
    assert.equal((await own.call('GET', `${own.at}/users`)).data.length, 7);
    // whoever is there already is refused, in the words of each
    const words = ['User ID already exists', 'the account has a user with this e-mail', 'The organization has a user with this e-mail'];
    for (const [at, way] of ways.entries()) {
      await page.getByLabel('By', { exact: true }).selectOption(way);
      await page.getByLabel('CSV', { exact: true }).fill(`one-${at}@console.test,Again,Person`);
      await page.getByRole('button', { name: 'Invite 1 person' }).click();
      const told = page.locator('.becomes.refused');
      await told.waitFor();
      assert.match(await told.textContent(), new RegExp(words[at], 'i'));
    }
  });

  consoleTest('a key is made, rotated and revoked, and its secrets are shown once', {}, async ({ page, host, context }) => {
    const own = await organization(host);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await open(page, own, '/keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    await page.getByLabel('Name').fill('robot');
    await page.getByLabel('users:read').check();
    await page.getByRole('button', { name: 'Make it' }).click();
    const first = await page.getByRole('dialog').locator('output').textContent();
    await page.getByRole('button', { name: 'Copy' }).click();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), first);
    // Escape does not throw away what is never shown again, however often it is pressed: Chromium lets a page refuse once
    for (let times = 0; times < 3; times++) await page.keyboard.press('Escape');
    assert.ok(await page.getByRole('dialog').evaluate((dialog) => dialog.open && dialog.matches(':modal')));
    // nor does what closes a dialog without asking
    await page.getByRole('dialog').evaluate((dialog) => dialog.close());
    await page.getByText(first).waitFor();
    await eventually(() => page.getByRole('dialog').evaluate((dialog) => dialog.matches(':modal')));
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await call(host, first, 'GET', `${own.at}/users`);

    await page.getByRole('button', { name: 'Rotate robot' }).click();
    await page.getByLabel('The secret of now').selectOption('ends at once');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    const second = await page.getByRole('dialog').locator('output').textContent();
    assert.notEqual(second, first);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await call(host, second, 'GET', `${own.at}/users`);
    assert.equal((await fetch(`${host}${own.at}/users`, { headers: { authorization: `Bearer ${first}` } })).status, 401);

    // the session's own key: the session goes on with its new secret
    await page.getByRole('button', { name: 'Rotate api_key' }).click();
    await page.getByLabel('The secret of now').selectOption('ends at once');
    await page.getByRole('dialog').getByRole('button', { name: 'Rotate' }).click();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByText('1 person').waitFor();
    await page.getByRole('link', { name: 'Keys' }).click();

    await page.getByRole('button', { name: 'Revoke robot' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText(/^revoked /).waitFor();
    assert.equal((await fetch(`${host}${own.at}/users`, { headers: { authorization: `Bearer ${second}` } })).status, 401);
  });

  consoleTest('a file is read as it is meant, or the line is told', {}, async ({ page, host }) => {
    const own = await organization(host);
    await open(page, own, '/invite');
    const area = page.getByLabel('CSV', { exact: true });
    const row = (line) => page.getByRole('grid', { name: 'Lines' }).getByRole('row').filter({ has: page.getByRole('button', { name: `Line ${line}`, exact: true }) });
    // a quote that is never closed swallows whoever follows
    await area.fill('email,first_name\na@console.test,"Al\nb@console.test,Bo\nc@console.test,C');
    await row(2).getByText('A quote is opened and never closed: 3 lines are read as one').waitFor();
    await page.getByText('0 people to invite, 1 line with a problem, left out').waitFor();
    await area.fill('a@console.test,"Al" Adder\nb@console.test,Bo');
    await row(1).getByText('Something follows the closing quote').waitFor();
    assert.ok(await page.getByRole('button', { name: /^Invite \d/ }).isDisabled());

    // groups are parted by what would part the values elsewhere
    await page.getByLabel('By', { exact: true }).selectOption('AppOptima: create in bulk');
    await area.fill('a@console.test,Al,Adder,,users;more\nb@console.test,Bo,Boa,,x;y;z');
    await page.getByText('2 people to invite').waitFor();
    const command = await page.getByLabel('The call as a curl command').textContent();
    assert.match(command, /"groups": \[\s*"users",\s*"more"\s*\]/);
    assert.match(command, /"groups": \[\s*"x",\s*"y",\s*"z"\s*\]/);

    // lines that end in each way, and a line is found by its number
    const mixed = ['email,first_name,last_name\r\n', 'a@console.test,Al,Adder\r\n', 'b@console.test,Bo,Boa\n', 'c@console.test,Co,Cobra\r', 'd@console.test,Di,Dace'];
    const file = { name: 'mixed.csv', mimeType: 'text/csv', buffer: Buffer.from(mixed.join('')) };
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByText('4 people to invite').waitFor();
    await row(5).getByRole('button').click();
    assert.equal(await page.evaluate(() => { const { value, selectionStart, selectionEnd } = document.activeElement; return value.slice(selectionStart, selectionEnd); }), 'd@console.test,Di,Dace');
    // the same file again
    await area.fill('');
    await page.getByText('No line yet.').waitFor();
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByText('4 people to invite').waitFor();
  });

  consoleTest('whoever is in a file twice is found, in however many calls', {}, async ({ page, host }) => {
    const own = await organization(host);
    await open(page, own, '/invite');
    await page.getByLabel('By', { exact: true }).selectOption('AppOptima: create in bulk');
    const lines = Array.from({ length: 10_050 }, (_, at) => `p${at}@console.test,Person,Number ${at},id-${at}`);
    lines.push('P7@Console.Test,Again,By E-mail,other', 'other@console.test,Again,By Id,id-8');
    await page.getByLabel('CSV file').setInputFiles({ name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
    await page.getByText('10,050 people to invite, 2 lines with a problem, left out').waitFor({ timeout: 60_000 });
    await page.getByRole('grid', { name: 'Lines' }).evaluate((box) => { box.scrollTop = box.scrollHeight; });
    await page.getByText('email is the same as in line 8').waitFor();
    await page.getByText('id is the same as in line 9').waitFor();
  });

  consoleTest('what is too much for now is sent again', { tolerates: [refused(429)] }, async ({ page, host }) => {
    const own = await organization(host);
    await open(page, own, '/invite');
    let refusals = 0;
    let seconds = 1;
    await page.route('**/core/v1/users', (route) => {
      if (refusals++ > 5) return route.continue();
      return route.fulfill({ status: 429, headers: { 'retry-after': String(seconds) }, contentType: 'application/json', body: '{}' });
    });
    await page.getByLabel('By', { exact: true }).selectOption('Astra: create one by one');
    await page.getByLabel('CSV', { exact: true }).fill(Array.from({ length: 8 }, (_, at) => `later-${at}@console.test,Later,${at}`).join('\n'));
    await page.getByRole('button', { name: 'Invite 8 people' }).click();
    await page.getByText('The API takes no more for now.').waitFor();
    await page.getByText('Too much for now: sent again in 1 s').first().waitFor();
    await page.getByText('0 people to invite, 8 people invited').waitFor();
    assert.equal(await page.getByText('The API takes no more for now.').count(), 0);
    // who waits for long need not
    [refusals, seconds] = [0, 50];
    await page.getByLabel('CSV', { exact: true }).fill('long@console.test,Long,Wait');
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('sent again in 50 s').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await page.getByText('Not sent').waitFor();
    await page.getByRole('button', { name: 'Invite 1 person' }).waitFor();
    assert.equal(refusals, 1);
  });

  consoleTest('who signs out leaves nothing to who comes next', {}, async ({ page, host }) => {
    const [own, other] = [await organization(host), await organization(host)];
    await open(page, own, '/invite');
    const sent = [];
    const held = [];
    await page.route(`**${own.at}/users`, async (route) => {
      if (route.request().method() !== 'POST') return route.continue();
      sent.push(route.request().headers().authorization);
      await new Promise((resolve) => { held.push(resolve); });
      return route.continue();
    });
    await page.getByLabel('By', { exact: true }).selectOption('Tessera: add one by one, without a seat');
    await page.getByLabel('CSV', { exact: true }).fill(Array.from({ length: 12 }, (_, at) => `left-${at}@console.test`).join('\n'));
    await page.getByRole('button', { name: 'Invite 12 people' }).click();
    await eventually(() => held.length === 4);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await signIn(page, other.api_key);
    for (const go of held) go();
    await page.getByRole('link', { name: `Go to ${other.name}` }).click();
    await page.getByRole('link', { name: 'Invite', exact: true }).click();
    await page.getByText('No line yet.').waitFor();
    await page.getByRole('button', { name: 'Invite 0 people' }).waitFor();
    assert.equal(await page.getByLabel('CSV', { exact: true }).inputValue(), '');
    await page.waitForTimeout(300);
    assert.deepEqual(sent, Array(4).fill(`Bearer ${own.api_key}`));
  });

  consoleTest('a form sends what was changed in it, and nothing else', {}, async ({ page, host }) => {
    const own = await organization(host);
    const ada = await own.call('POST', `${own.at}/users`, { email: 'ada@console.test', first_name: 'Ada', last_name: 'Adder' });
    await open(page, own, `/people/${ada.id}`);
    await title(page, 'Ada Adder');
    await page.getByLabel('Last name').fill('Anaconda');
    // changed elsewhere meanwhile, and seen here when the page reads again
    await own.call('PATCH', `${own.at}/users/${ada.id}`, { first_name: 'Adele' });
    await page.getByRole('button', { name: 'Give a seat' }).click();
    await title(page, 'Adele Adder');
    assert.equal(await page.getByLabel('First name').inputValue(), 'Adele');
    assert.equal(await page.getByLabel('Last name').inputValue(), 'Anaconda');
    const patch = page.waitForRequest((request) => request.method() === 'PATCH');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.deepEqual((await patch).postDataJSON(), { last_name: 'Anaconda' });
    await title(page, 'Adele Anaconda');
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
    // what was saved once is no change of this form once it is another elsewhere
    await own.call('PATCH', `${own.at}/users/${ada.id}`, { last_name: 'Adder' });
    await page.getByRole('button', { name: 'Take the seat away' }).click();
    await title(page, 'Adele Adder');
    assert.equal(await page.getByLabel('Last name').inputValue(), 'Adder');
  });

  consoleTest('groups are chosen once the person has all that AppOptima wants', {}, async ({ page, host }) => {
    const own = await organization(host);
    const more = await own.call('POST', '/api/v1.0/onpremise/groups', { name: 'More' });
    const bo = await own.call('POST', `${own.at}/users`, { email: 'bo@console.test' });
    await open(page, own, `/people/${bo.id}`);
    await page.getByText('there is no first name, no last name. Fill it in under Details').waitFor();
    assert.equal(await page.getByLabel('Users', { exact: true }).count(), 0);
    await page.getByLabel('First name').fill('Bo');
    await page.getByLabel('Last name').fill('Boa');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByLabel('Users', { exact: true }).waitFor();
    // what others changed since the page was opened stays
    await own.call('PUT', '/api/v1.0/onpremise/users', { id: 'bo@console.test', email: 'bo@console.test', firstName: 'Bob', lastName: 'Boa', groups: [more.id] });
    await page.getByLabel('Users', { exact: true }).check();
    await page.getByRole('status').getByText('Put into the group').waitFor();
    const { firstName, groups } = await own.call('GET', '/api/v1.0/onpremise/users/bo@console.test');
    assert.deepEqual([firstName, groups.toSorted()], ['Bob', [more.id, 'users'].toSorted()]);
    await eventually(() => page.getByLabel('More', { exact: true }).isChecked());
  });

  consoleTest('a token ends on the day that is told, wherever one is', { timezoneId: 'Pacific/Auckland' }, async ({ page, host }) => {
    const own = await organization(host);
    const ada = await own.call('POST', `${own.at}/users`, { email: 'ada@console.test' });
    const tokens = `${own.at}/users/${ada.id}/tokens`;
    // the last second of a day there is the day before in UTC, and so is its first
    await own.call('POST', tokens, { expires_at: '2999-06-30T11:59:59Z' });
    await own.call('POST', tokens, { expires_at: '2999-08-30T13:00:00Z' });
    await open(page, own, `/people/${ada.id}`);
    const days = [];
    for (const button of [0, 1]) {
      await page.getByRole('button', { name: 'Change its end' }).nth(button).click();
      days.push(await page.getByLabel('Last day').inputValue());
      await page.getByRole('button', { name: 'Change', exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'hidden' });
    }
    assert.deepEqual(days.toSorted(), ['2999-06-30', '2999-08-31']);
    const ends = (await own.call('GET', tokens)).data.map(({ expires_at }) => Date.parse(expires_at));
    assert.deepEqual(ends.toSorted((a, b) => a - b), [Date.parse('2999-06-30T11:59:59Z'), Date.parse('2999-08-31T11:59:59Z')]);
  });

  consoleTest('settings are sent only where they are changed, and whole', {}, async ({ page, host }) => {
    const own = await organization(host, { seats: 7 });
    await page.goto(own.page);
    await signIn(page, ROOT_KEY);
    const seats = page.getByRole('textbox', { name: 'Seats' });
    const save = page.getByRole('button', { name: 'Save' });
    for (const wrong of ['', '1.5', 'many']) {
      await seats.fill(wrong);
      await page.getByText('should be a whole number').waitFor();
      assert.ok(await save.isDisabled());
    }
    await seats.fill('7');
    assert.ok(await save.isDisabled());
    await seats.fill('9');
    const patch = page.waitForRequest((request) => request.method() === 'PATCH');
    await save.click();
    assert.deepEqual((await patch).postDataJSON(), { seats: 9 });
    await page.getByText('0 of 9 seats in use').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    // the name is another everywhere at once
    await signIn(page, own.api_key);
    await page.getByLabel('Name').fill('Renamed');
    await save.click();
    await page.getByRole('banner').getByText('Renamed').first().waitFor();
    await page.reload();
    await page.getByRole('banner').getByText('Renamed').first().waitFor();
  });

  consoleTest('what goes wrong when signing in is told', { tolerates: [OFFLINE] }, async ({ page, context }) => {
    await page.goto('/console/');
    await page.getByRole('textbox', { name: 'Key' }).fill('tsr_key_ключ');
    await page.keyboard.press('Enter');
    await page.getByText('This is no key: a key has letters, digits and underscores only.').waitFor();
    await page.getByRole('radio', { name: 'E-mail and password' }).check();
    await page.getByRole('textbox', { name: 'E-mail' }).fill('who@console.test');
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await context.setOffline(true);
    await page.keyboard.press('Enter');
    await page.getByText('Nothing is known of what was sent last.').waitFor();
    await page.getByText('What is shown may be out of date.').waitFor();
  });

  consoleTest('an answer that cannot be read ends an invitation when all calls have', {}, async ({ page, host }) => {
    const own = await organization(host);
    await open(page, own, '/invite');
    await page.route('**/users_auto_registration', (route) => route.fulfill({ status: 200, contentType: 'application/json', body: 'null' }));
    await page.getByLabel('CSV', { exact: true }).fill(`odd-${own.unique}@console.test`);
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('The answer cannot be read: it may have been taken').waitFor();
    await page.getByRole('alert').waitFor();
    await page.getByRole('button', { name: 'Invite 1 person' }).waitFor();
  });

  consoleTest('where the seats run out, it is told before and after', { tolerates: [refused(409)] }, async ({ page, host }) => {
    const own = await organization(host, { seats: 2 });
    await open(page, own, '/invite');
    const address = (at) => `scarce-${at}-${own.unique}@console.test`;
    await page.getByLabel('CSV', { exact: true }).fill([1, 2, 3].map(address).join('\n'));
    await page.getByText('2 seats are free, and each of 3 people takes one.').waitFor();
    await page.getByRole('button', { name: 'Invite 3 people' }).click();
    await page.locator('.becomes.refused').getByText('users_unavailable_for_onboarding').waitFor();
    await page.getByText('1 person to invite, 2 people invited').waitFor();
    await page.getByText('No seat is free').waitFor();
    // another API says it in its own words
    await page.getByLabel('By', { exact: true }).selectOption('Tessera: add one by one, with a seat');
    await page.getByLabel('CSV', { exact: true }).fill(address(3));
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.locator('.becomes.refused').getByText('seat').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    await page.getByRole('grid').getByText(own.email).first().click();
    await page.getByRole('button', { name: 'Give a seat' }).click();
    await page.getByRole('alert').getByText('409').waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('No seat is free.').waitFor();
    assert.equal(await page.getByRole('meter').getAttribute('aria-valuenow'), '2');
  });

  consoleTest('a session that has ended leads back to where one was', { tolerates: [refused(401)] }, async ({ page, host }) => {
    const own = await organization(host);
    const other = await own.call('POST', `${own.at}/keys`, { name: 'short', scopes: ['*'] });
    await page.goto(`${own.page}/invite`);
    await signIn(page, other.secret);
    await page.getByLabel('CSV', { exact: true }).fill(`kept-${own.unique}@console.test`);
    await page.getByText('1 person to invite').waitFor();
    await own.call('DELETE', `${own.at}/keys/${other.id}`);
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('Your session has ended.').waitFor();
    assert.equal(await page.evaluate(() => sessionStorage.length), 0);
    await signIn(page, own.api_key);
    // what was written is still there, and goes on
    await title(page, 'Invite many');
    await page.getByText('Not sent').waitFor();
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('0 people to invite, 1 person invited').waitFor();
  });

  consoleTest('offline is told, and nothing is lost', { tolerates: [OFFLINE] }, async ({ page, host, context }) => {
    const own = await organization(host);
    await open(page, own, '/invite');
    await page.getByLabel('CSV', { exact: true }).fill(`off-${own.unique}@console.test`);
    await page.getByText('1 person to invite').waitFor();
    await context.setOffline(true);
    await page.getByText('The server cannot be reached. What is shown may be out of date.').waitFor();
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('No answer: it may have been taken').waitFor();
    await page.getByRole('link', { name: 'People' }).click();
    const again = page.getByRole('button', { name: 'Try again' });
    await again.waitFor();
    await context.setOffline(false);
    await again.click();
    await page.getByText('1 person').waitFor();
    await page.getByText('The server cannot be reached.').waitFor({ state: 'hidden' });
    await page.getByRole('link', { name: 'Invite', exact: true }).click();
    await page.getByRole('button', { name: 'Invite 1 person' }).click();
    await page.getByText('0 people to invite, 1 person invited').waitFor();
  });

  consoleTest('ten thousand people are scrolled and searched without stutter', {}, async ({ page, host }) => {
    const own = await organization(host);
    const people = Array.from({ length: 10_000 }, (_, at) => ({
      id: `person-${at}`, email: `p${at}@console.test`, firstName: 'Person', lastName: `Number ${at}`, groups: [],
    }));
    await own.call('POST', '/api/v1.0/onpremise/users/bulk', people);
    await open(page, own, '/people');
    const grid = page.getByRole('grid', { name: 'People' });
    await grid.getByText('Person Number 1', { exact: true }).waitFor();
    // to the end, part by part, as fast as they come
    await eventually(async () => {
      await grid.evaluate((box) => { box.scrollTop = box.scrollHeight; });
      return grid.getByText('Person Number 9999', { exact: true }).isVisible();
    }, 60_000);
    const rows = await grid.getByRole('row').count();
    assert.ok(rows < 60, `${rows} rows are in the document`);
    // what a frame costs the page's thread, which other work on the machine does not change
    const frames = 100;
    const scrolled = await cost(page, () => grid.evaluate(async (box, frames) => {
      for (let frame = 0; frame < frames; frame++) {
        box.scrollTop = (box.scrollHeight * frame) / frames;
        await new Promise((resolve) => { requestAnimationFrame(resolve); });
      }
    }, frames));
    console.log(`${name}: a frame of scrolling costs ${(scrolled / frames).toFixed(1)} ms`);
    assert.ok(scrolled / frames < 16, `a frame costs ${scrolled / frames} ms`);
    await page.getByLabel('Search').fill('number 8765');
    await page.getByText('1 person', { exact: true }).waitFor();
    await grid.getByText('Person Number 8765').click();
    await title(page, 'Person Number 8765');
    await page.goBack();
    await grid.getByText('Person Number 8765').waitFor();

    // as many lines of a file
    await page.getByRole('link', { name: 'Invite', exact: true }).click();
    const lines = Array.from({ length: 10_000 }, (_, at) => `fresh-${at}@console.test,Fresh,Number ${at}`);
    const judged = await cost(page, async () => {
      await page.getByLabel('CSV file').setInputFiles({ name: 'many.csv', mimeType: 'text/csv', buffer: Buffer.from(lines.join('\n')) });
      await page.getByText('10,000 people to invite').waitFor();
    });
    console.log(`${name}: to judge ten thousand lines costs ${Math.round(judged)} ms`);
    assert.ok(await page.getByRole('grid', { name: 'Lines' }).getByRole('row').count() < 60);
  });

  consoleTest('the keyboard alone is enough', {}, async ({ page, host }) => {
    const own = await organization(host);
    await own.call('POST', `${own.at}/users`, { email: 'boas@console.test', first_name: 'Boas', last_name: 'Constrictor' });
    const press = async (...keys) => { for (const key of keys) await page.keyboard.press(key); };
    /** Goes on by the Tab key to what is called so. */
    const tabTo = async (pattern) => {
      for (let steps = 0; steps < 60; steps++) {
        const name = await page.evaluate(() => document.activeElement.ariaLabel || document.activeElement.labels?.[0]?.textContent || document.activeElement.textContent);
        if (pattern.test(name)) return;
        await press('Tab');
      }
      assert.fail(`the Tab key does not reach ${pattern}`);
    };
    await page.goto(`${own.page}/people`);
    // the first field has the focus, once the page has drawn it
    await page.waitForFunction(() => document.activeElement instanceof HTMLInputElement);
    await page.keyboard.type(own.api_key);
    await press('Enter');
    await title(page, 'People');
    await page.getByRole('grid').waitFor();
    assert.equal(await focused(page), 'People');
    await tabTo(/^People$/);
    await press('Tab');
    await tabTo(/^People$/);
    await page.getByRole('grid').focus();
    await press('ArrowDown');
    const active = await page.getByRole('grid').getAttribute('aria-activedescendant');
    assert.match(await page.locator(`[id="${active}"]`).textContent(), /Boas Constrictor/);
    await press('Enter');
    await title(page, 'Boas Constrictor');
    await tabTo(/^Delete$/);
    await press('Enter');
    await page.getByRole('dialog').waitFor();
    await press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
    // the dialog is gone before the focus is back
    await page.waitForFunction(() => document.activeElement?.textContent === 'Delete', undefined, { timeout: 5000 });
    await tabTo(/^Give a seat$/);
    await press('Space');
    await page.getByText('Holds a seat since').waitFor();
    // the way over the navigation
    await page.reload();
    await title(page, 'Boas Constrictor');
    for (let steps = 0; steps < 20 && await focused(page) !== 'Skip to the content'; steps++) await press('Shift+Tab');
    assert.equal(await focused(page), 'Skip to the content');
    await press('Enter');
    assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  });

  for (const [look, options] of Object.entries({
    light: { colorScheme: 'light' },
    dark: { colorScheme: 'dark' },
    narrow: { colorScheme: 'light', viewport: { width: 360, height: 740 } },
  })) {
    consoleTest(`every page is accessible, ${look}`, { ...options, tolerates: [refused(404)] }, async ({ page, host }) => {
      const own = await organization(host, { seats: 5 });
      await page.goto('/console/');
      await page.getByRole('heading', { name: 'Sign in to Tessera' }).waitFor();
      await assertAccessible(page);
      await assertFits(page);
      await signIn(page, own.api_key);
      await title(page, own.name);
      await own.call('POST', `/organizations/${own.id}/users_auto_registration`, { user_emails: [`a-${own.unique}@console.test`] });
      const { data: [admin] } = await own.call('GET', `${own.at}/users`);
      const pages = {
        '': 'of 5 seats in use', '/people': '2 people', [`/people/${admin.id}`]: 'Role in Astra', '/invite': 'No line yet', '/keys': 'api_key',
        '/outbox': 'Welcome to', '/nowhere': 'No page of the console', '/people/00000000-0000-4000-8000-00000000dead': '404',
      };
      for (const [path, text] of Object.entries(pages)) {
        await page.goto(own.page + path);
        await page.locator('main').getByText(text).first().waitFor();
        await assertAccessible(page);
        await assertFits(page);
      }
      await page.goto(`${own.page}/invite`);
      await page.getByLabel('CSV', { exact: true }).fill('ada@console.test\nnot an address');
      await page.getByText('1 person to invite').waitFor();
      await assertAccessible(page);
      await page.goto(`${own.page}/keys`);
      await page.getByRole('button', { name: 'Make a key' }).click();
      await assertAccessible(page);
      await assertFits(page);
      if (name === 'mock-server') await screenshot(page, `console-${look}`);
    });
  }

  consoleTest('another organization’s pages stay closed', {}, async ({ page, host }) => {
    const [own, other] = [await organization(host), await organization(host)];
    await page.goto(`${other.page}/invite`);
    await signIn(page, own.api_key);
    await title(page, 'Another organization');
    await page.getByRole('link', { name: `Go to ${own.name}` }).click();
    await title(page, own.name);
  });

  consoleTest('what others wrote is shown as text', {}, async ({ page, host, context }) => {
    const own = await organization(host);
    const hostile = '<img src=x onerror="document.title=1">"><script>document.title=2</script>';
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    const { id } = await own.call('POST', `${own.at}/users`, { email: 'h@console.test', first_name: hostile, last_name: "'; --" });
    await own.call('POST', `${own.at}/keys`, { name: hostile, scopes: ['users:read'] });
    await open(page, own, '/people');
    await page.getByRole('grid').getByText(hostile).waitFor();
    await page.getByRole('grid').getByText(hostile).click();
    await title(page, `${hostile} '; --`);
    assert.equal(new URL(page.url()).pathname, `${own.page}/people/${id}`);
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByText(hostile).waitFor();
    await page.getByRole('link', { name: 'Invite', exact: true }).click();
    await page.getByLabel('By', { exact: true }).selectOption('Tessera: add one by one, without a seat');
    await page.getByLabel('CSV', { exact: true }).fill(`e@console.test,"O'Brien $(id) \`id\`","${hostile.replaceAll('"', '""')}"`);
    await page.getByRole('grid', { name: 'Lines' }).getByText(hostile).waitFor();
    // a shell takes the command's data as what it is
    await page.getByRole('button', { name: 'Copy curl' }).click();
    const command = await page.evaluate(() => navigator.clipboard.readText());
    const data = /--data '([^]*)'$/.exec(command)[1].replaceAll(`'\\''`, "'");
    assert.deepEqual(JSON.parse(data), { email: 'e@console.test', first_name: "O'Brien $(id) `id`", last_name: hostile, seat: false });
    assert.equal(await page.locator('img, script:not([type=module])').count(), 0);
  });

  test(`${name}: the files have their headers`, { skip }, async () => {
    const { url: host } = await served(url);
    const policy = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
    const redirect = await fetch(`${host}/console`, { redirect: 'manual' });
    assert.deepEqual([redirect.status, redirect.headers.get('location')], [307, '/console/']);
    for (const path of ['/console/', '/console/organizations/1/people/2', ...await assets(host)]) {
      const { status, headers, text } = await get(host, path);
      assert.equal(status, 200, path);
      assert.equal(headers['content-security-policy'], policy, path);
      assert.equal(headers['x-content-type-options'], 'nosniff', path);
      assert.equal(headers['referrer-policy'], 'no-referrer', path);
      const isNamedByContent = path.startsWith('/console/assets/');
      assert.equal(headers['cache-control'], isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache', path);
      if (!isNamedByContent) assert.equal(text, await readFile(new URL('../../console/dist/console/index.html', import.meta.url), 'utf8'));
    }
    // what is not there is no page
    for (const [method, path] of [['GET', '/console/assets/gone.js'], ['POST', '/console/organizations'], ['GET', '/consoles']]) {
      const response = await fetch(host + path, { method });
      assert.equal(response.status, 404, path);
      assert.equal(response.headers.get('content-type'), 'application/problem+json');
    }
  });
}

const served = async (url) => ({ url: typeof url === 'function' ? await url() : url });

async function get(host, path) {
  const response = await fetch(host + path);
  return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
}

/** The paths of the files that the page asks for. */
async function assets(host) {
  const { text } = await get(host, '/console/');
  return [...text.matchAll(/(?:src|href)="(\/console\/[^"]+)"/g)].map(([, path]) => path).filter((path) => path.includes('/assets/'));
}

let native;
const nativeUrl = async () => (await (native ??= mockServer())).url;

describe('the console', { concurrency: false }, () => {
  suite('mock-server', nativeUrl, false);
  suite('workerd', () => edge.url, edge ? false : 'no Worker is served');

  test('both hosts answer alike', { skip: !edge && 'no Worker is served' }, async () => {
    const hosts = [await nativeUrl(), edge.url];
    const shown = ['content-type', 'content-security-policy', 'x-content-type-options', 'referrer-policy', 'cross-origin-opener-policy', 'cache-control'];
    for (const path of ['/console/', '/console/icon.svg', '/console/organizations/1', ...await assets(hosts[0])]) {
      const [here, there] = await Promise.all(hosts.map((host) => get(host, path)));
      assert.deepEqual(shown.map((name) => here.headers[name]), shown.map((name) => there.headers[name]), path);
      assert.deepEqual([here.status, here.text], [there.status, there.text], path);
    }
  });

  // the clock is mock-server's alone to set
  pageTest('an admin’s session ends after a quarter of an hour', { url: nativeUrl, tolerates: [refused(401)] }, async ({ page, host }) => {
    const own = await organization(host);
    await page.goto(`${own.page}/people`);
    await page.getByRole('radio', { name: 'E-mail and password' }).check();
    await page.getByRole('textbox', { name: 'E-mail' }).fill(own.email);
    await page.getByRole('textbox', { name: 'Password' }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await title(page, 'People');
    await fetch(`${host}/__admin/clock/advance`, { method: 'POST', body: JSON.stringify({ seconds: 901 }) });
    await page.getByRole('link', { name: 'Keys' }).click();
    await page.getByText('Your session has ended.').waitFor();
    await signIn(page, own.api_key);
    await title(page, 'Keys');
  });
});
