// The inspector, at /__admin/ui.

import assert from 'node:assert/strict';

import { assertAccessible, assertFits, eventually, pageTest, screenshot } from './chromium.mjs';
import { mockServer } from './hosts.mjs';
import { HOSTILE, addUser, call, deliver, mails, refusals } from './scene.mjs';

const PAGE = '/__admin/ui';
const VIEWS = ['requests', 'mailbox', 'deliveries', 'directory', 'faults'];
const url = async () => (await mockServer()).url;

const admin = async (host, path) => (await fetch(`${host}/__admin/${path}`)).json();
const row = (page, text) => page.getByRole('row').filter({ hasText: text });
/** The row of a request that was answered so. The text of a row runs the time and the status together, so it is the cell that is asked. */
const answered = (page, status) => page.getByRole('row').filter({ has: page.getByText(status, { exact: true }) });
const details = (page) => page.getByRole('complementary', { name: 'Details' });
const focused = (page) => page.evaluate(() => document.activeElement.textContent);

/** What the scene leaves for every view to show. */
async function play(host) {
  const ada = await addUser(host, { email: 'ada@acme.test', login: 'ada', first_name: 'Ada', last_name: 'Adder' });
  await mails(host, ['boas@acme.test', 'cora@acme.test'], ada);
  await deliver(host, `${host}/nowhere`);
  await refusals(host);
}

pageTest('a request shows as it comes, whatever is filtered, focused and open', { url }, async ({ page, host }) => {
  await page.goto(PAGE);
  await page.getByText('No request yet').waitFor();
  await fetch(`${host}/v1/first`);
  await row(page, '/v1/first').click();
  await details(page).getByText('/v1/first').waitFor();
  await page.getByLabel('Filter').fill('/v1/');
  await fetch(`${host}/elsewhere`);
  await fetch(`${host}/v1/second`);
  await row(page, '/v1/second').waitFor();
  assert.deepEqual(await page.locator('tbody tr td:nth-child(4)').allTextContents(), ['/v1/second', '/v1/first']);
  await page.getByRole('heading', { name: 'Requests 2 of 3' }).waitFor();
  assert.equal(await page.getByLabel('Filter').evaluate((filter) => filter === document.activeElement), true);
  assert.match(await details(page).textContent(), /GET \/v1\/first/);
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByText('No request yet').waitFor();
  assert.deepEqual((await admin(host, 'requests')).requests, []);
});

pageTest('no request is missed, and none is shown of before a reset', { url }, async ({ page, host }) => {
  const all = Array.from({ length: 80 }, (_, number) => `/request-${number}`);
  const calls = async () => { for (const path of all) await fetch(`${host}${path}`); };
  await Promise.all([calls(), page.goto(PAGE)]);
  await page.getByRole('heading', { name: `Requests ${all.length}` }).waitFor();
  assert.deepEqual(await page.locator('tbody tr td:nth-child(4)').allTextContents(), all.toReversed());
  await fetch(`${host}/__admin/reset`, { method: 'POST' });
  await page.getByText('No request yet').waitFor();
  await fetch(`${host}/after`);
  await row(page, '/after').waitFor();
  assert.equal(await page.locator('tbody tr').count(), 1);
});

pageTest('what comes while the list is asked for is shown', { url }, async ({ page, host }) => {
  let asked = 0;
  await page.route('**/__admin/requests', async (route) => {
    const response = await route.fetch();
    asked += 1;
    await fetch(`${host}/meanwhile-${asked}`);
    await page.waitForTimeout(300);
    await route.fulfill({ response });
  }, { times: 2 });
  await page.goto(PAGE);
  await row(page, '/meanwhile-1').waitFor();
  await row(page, '/meanwhile-2').waitFor();
  assert.equal(asked, 2);
});

pageTest('a refusal is shown with its reason', { url }, async ({ page, host }) => {
  await refusals(host);
  await page.goto(PAGE);
  for (const [target, reason] of [
    ['/api/v1.0/onpremise/users', 'Refused: the caller is nobody here'],
    ['/v1/organizations', 'Refused: it was refused by the rule Invalid'],
    ['/organisation', 'Refused: a fault was asked for: rate_limited'],
    ['/nowhere', 'Refused: no operation has this method and path'],
  ]) {
    await row(page, target).click();
    await details(page).getByText(reason).waitFor();
  }
  await fetch(`${host}/v1/organizations/00000000-0000-4000-8000-000000000001`, { headers: { authorization: 'Bearer tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3' } });
  await answered(page, '200').click();
  await details(page).getByText('native get_organization').waitFor();
  assert.equal(await details(page).getByText('Refused').count(), 0);
  assert.match(await details(page).textContent(), /authorization: Bearer \[redacted\]/);
});

pageTest('every mail can be read, and shows as it is sent', { url }, async ({ page, host }) => {
  await page.goto(`${PAGE}#mailbox`);
  await page.getByText('Nothing was mailed yet').waitFor();
  await mails(host, ['boas@acme.test'], await addUser(host, { email: 'ada@acme.test' }));
  const told = await eventually(async () => {
    const all = (await admin(host, 'mailbox')).mails;
    return all.length === (await page.locator('tbody tr').count()) && all;
  });
  assert.deepEqual(told.map(({ template }) => template).sort(), ['seat_assigned', 'token', 'users_onboarded', 'welcome']);
  for (const [index, mail] of told.entries()) {
    await page.locator('tbody tr').nth(index).click();
    await details(page).getByRole('heading', { name: mail.subject }).waitFor();
    const letter = await details(page).locator('.letter').textContent();
    assert.equal(letter, mail.text);
    for (const content of Object.values(mail.content).flat().map(String)) assert.ok(`${mail.subject} ${letter}`.includes(content), `${mail.template} tells ${content}`);
  }
});

pageTest('every table of the directory can be looked through', { url }, async ({ page, host }) => {
  await play(host);
  const emails = Array.from({ length: 210 }, (_, number) => `user-${number}@acme.test`);
  await mails(host, emails, await addUser(host, { email: 'dora@acme.test' }));
  await page.goto(`${PAGE}#directory`);
  await page.getByLabel('Table', { exact: true }).waitFor();
  for (const { name, rows } of (await admin(host, 'tables')).tables) {
    await page.getByLabel('Table', { exact: true }).selectOption(name);
    await page.getByRole('heading', { name: `The table ${name}` }).waitFor();
    if (rows) await page.getByRole('grid').waitFor();
    else await page.getByText('The table is empty').waitFor();
    assert.equal(await page.locator('tbody tr').count(), Math.min(rows, 200), name);
    const { columns } = await admin(host, `tables/${name}?limit=1`);
    assert.deepEqual(await page.locator('thead th').allTextContents(), columns);
  }
  await page.getByLabel('Table', { exact: true }).selectOption('users');
  const { total } = await admin(host, 'tables/users?limit=1');
  await page.getByText(`rows 1 to 200 of ${total}`).waitFor();
  await page.getByRole('link', { name: 'Next' }).click();
  await page.getByText(`rows 201 to ${total} of ${total}`).waitFor();
  await row(page, 'user-209@acme.test').click();
  await details(page).getByText('user-209@acme.test').first().waitFor();
  await page.getByRole('link', { name: 'Previous' }).click();
  await page.getByText(`rows 1 to 200 of ${total}`).waitFor();
});

pageTest('deliveries and faults show as they come', { url }, async ({ page, host }) => {
  await page.goto(`${PAGE}#deliveries`);
  await page.getByText('No webhook was told anything yet').waitFor();
  await deliver(host, `${host}/nowhere`);
  await row(page, 'webhook_config.test').first().click();
  await details(page).getByText('404 after').waitFor();
  await page.goto(`${PAGE}#faults`);
  await page.getByText('Nothing is set to go wrong').waitFor();
  await refusals(host);
  await row(page, 'rate_limited').click();
  await details(page).getByText('"first": 1').waitFor();
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByText('Nothing is set to go wrong').waitFor();
  assert.deepEqual((await admin(host, 'faults')).faults, []);
});

pageTest('the keyboard is enough', { url }, async ({ page, host }) => {
  for (const name of ['one', 'two', 'three']) await fetch(`${host}/${name}`);
  await page.goto(PAGE);
  await row(page, '/one').waitFor();
  const stops = [];
  for (let presses = 0; presses < 8; presses += 1) {
    await page.keyboard.press('Tab');
    stops.push(await page.evaluate(() => {
      const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
      const isSeen = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      const { tagName, id, textContent } = document.activeElement;
      return [id || (tagName === 'TR' ? 'row' : textContent), isSeen];
    }));
  }
  assert.deepEqual(stops, ['Requests', 'Mailbox', 'Deliveries', 'Directory', 'Faults', 'filter', 'Forget all', 'row'].map((name) => [name, true]));
  assert.match(await focused(page), /three/);
  for (const [key, name] of [['ArrowDown', 'two'], ['j', 'one'], ['ArrowDown', 'one'], ['k', 'two'], ['Home', 'three'], ['End', 'one'], ['ArrowUp', 'two']]) {
    await page.keyboard.press(key);
    assert.match(await focused(page), new RegExp(`/${name}`), key);
  }
  await page.keyboard.press('Shift+Tab');
  assert.equal(await focused(page), 'Forget all', 'the list is one stop');
  await page.keyboard.press('Tab');
  assert.match(await focused(page), /\/two/, 'and remembers its row');
  await page.keyboard.press('Enter');
  await details(page).getByText('GET /two').waitFor();
  await eventually(() => details(page).evaluate((aside) => aside === document.activeElement));
  await page.keyboard.press('j');
  await details(page).getByText('GET /one').waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(page), 'Close');
  await page.keyboard.press('Escape');
  assert.equal(await details(page).count(), 0);
  assert.match(await focused(page), /\/one/);
  await page.keyboard.press(' ');
  await details(page).getByText('GET /one').waitFor();
  await page.keyboard.press('Escape');
  await page.keyboard.press('/');
  await page.keyboard.type('thr');
  await eventually(async () => await page.locator('tbody tr').count() === 1);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  assert.match(await focused(page), /\/three/);
  for (const name of [...VIEWS.slice(1), VIEWS[0]]) {
    await page.keyboard.press(String(VIEWS.indexOf(name) + 1));
    await page.waitForURL(`**#${name}`);
    await page.locator(`nav a[href="#${name}"][aria-current]`).waitFor();
    await eventually(() => page.evaluate(() => document.activeElement.id === 'view'));
  }
});

for (const [name, options] of Object.entries({
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  narrow: { viewport: { width: 360, height: 720 } },
})) {
  pageTest(`every view can be seen by everybody: ${name}`, { url, ...options }, async ({ page, host }) => {
    await play(host);
    for (const view of VIEWS) {
      await page.goto(`${PAGE}#${view}`);
      await page.locator(`nav a[href="#${view}"][aria-current]`).waitFor();
      await page.locator('tbody tr').first().waitFor();
      await assertFits(page);
      await assertAccessible(page);
      await screenshot(page, `inspector-${name}-${view}`);
      await page.locator('tbody tr').first().click();
      await details(page).waitFor();
      await assertFits(page);
      await assertAccessible(page);
      await screenshot(page, `inspector-${name}-${view}-open`);
      await details(page).getByRole('button', { name: 'Close' }).click();
      await page.locator('tbody tr').first().waitFor();
    }
  });
}

pageTest('dark is dark and light is light', { url }, async ({ page }) => {
  await page.goto(PAGE);
  const brightness = () => page.evaluate(() => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)[0]));
  await page.emulateMedia({ colorScheme: 'light' });
  assert.ok(await brightness() > 200);
  await page.emulateMedia({ colorScheme: 'dark' });
  assert.ok(await brightness() < 50);
});

pageTest('what there is none of is said', { url: async () => (await mockServer({ options: ['--no-demo', '--journal-limit', '0'] })).url }, async ({ page }) => {
  for (const [view, text] of [
    ['requests', 'The server keeps no requests'], ['mailbox', 'Nothing was mailed yet'], ['deliveries', 'No webhook was told anything yet'],
    ['directory', 'The table is empty'], ['faults', 'Nothing is set to go wrong'],
  ]) {
    await page.goto(`${PAGE}#${view}`);
    await page.getByText(text).waitFor();
    await assertAccessible(page);
  }
});

pageTest('a filter that nothing matches, and a table that is not there', { url, tolerates: [/404 \(Not Found\)/] }, async ({ page, host }) => {
  await fetch(`${host}/one`);
  await page.goto(PAGE);
  await page.getByLabel('Filter').fill('two');
  await page.getByText('Nothing matches the filter').waitFor();
  await page.goto(`${PAGE}#directory?table=nothing`);
  await page.getByRole('alert').filter({ hasText: 'There is no table "nothing"' }).waitFor();
});

let mortal;

pageTest('a server that is gone is said to be, and one that is back is shown', {
  url: async () => { mortal = await mockServer(); return mortal.url; },
  tolerates: [/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/],
}, async ({ page, host }) => {
  await fetch(`${host}/before`);
  await page.goto(PAGE);
  await row(page, '/before').waitFor();
  await mortal.stop();
  const status = page.getByRole('status');
  await status.filter({ hasText: 'The server does not answer' }).waitFor();
  assert.equal(await row(page, '/before').count(), 1, 'what was there is still shown');
  await assertAccessible(page);
  await page.keyboard.press('2');
  await page.getByRole('alert').filter({ hasText: 'The server does not answer' }).waitFor();
  await page.keyboard.press('1');
  mortal = await mockServer({ port: new URL(host).port });
  await fetch(`${host}/after`);
  await row(page, '/after').waitFor();
  assert.equal(await row(page, '/before').count(), 0);
  await status.filter({ hasText: 'The server is back' }).waitFor();
  await fetch(`${host}/later`);
  await row(page, '/later').waitFor();
});

const TOKEN = 'let me in';

pageTest('a token opens what it guards, for one tab', {
  url: async () => (await mockServer({ options: ['--admin-token', TOKEN] })).url,
  tolerates: [/401 \(Unauthorized\)/],
}, async ({ page, host, context }) => {
  await page.goto(PAGE);
  const field = page.getByLabel('The token of the control API');
  await field.waitFor();
  await assertAccessible(page);
  await page.keyboard.type('let me out');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'The server does not take this token' }).waitFor();
  await field.fill(TOKEN);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('No request yet').waitFor();
  await fetch(`${host}/one`);
  await row(page, '/one').click();
  await details(page).getByText('GET /one').waitFor();
  await page.locator('#now').filter({ hasText: 'UTC' }).waitFor();
  await page.reload();
  await row(page, '/one').waitFor();
  await fetch(`${host}/two`);
  await row(page, '/two').waitFor();
  await page.getByRole('button', { name: 'Forget all' }).click();
  await page.getByText('No request yet').waitFor();
  assert.doesNotMatch(page.url(), /let/);
  const other = await context.newPage();
  await other.goto(PAGE);
  await other.getByLabel('The token of the control API').waitFor();
});

pageTest('markup in what is shown is text', { url }, async ({ page, host }) => {
  const organization = '/v1/organizations/00000000-0000-4000-8000-000000000001';
  await call(host, 'PATCH', organization, { body: { name: HOSTILE } });
  const user = await addUser(host, { email: 'ada@acme.test', first_name: HOSTILE, last_name: HOSTILE });
  await mails(host, ['boas@acme.test'], user);
  await deliver(host, `${host}/nowhere?${encodeURIComponent(HOSTILE)}`);
  await call(host, 'POST', '/__admin/faults', { body: { vendor: 'ricloud', fault: 'conflict', principal: HOSTILE } });
  await call(host, 'POST', `${organization}/users?<b>${HOSTILE}`, { body: { email: HOSTILE, [HOSTILE]: HOSTILE }, headers: { 'x-hostile': HOSTILE }, status: 422 });
  const isUntouched = async () => {
    assert.equal(await page.locator('main :is(img, script, b)').count(), 0);
    assert.match(await page.title(), /Tessera mock-server$/);
  };
  for (const [view, isTold] of [['requests', false], ['mailbox', true], ['deliveries', false], ['directory', true], ['directory?table=organizations', true], ['faults', true]]) {
    await page.goto(`${PAGE}#${view}`);
    await page.locator('tbody tr').first().waitFor();
    if (isTold) await page.getByRole('grid').getByText(HOSTILE).first().waitFor();
    await isUntouched();
    for (let index = 0; index < Math.min(6, await page.locator('tbody tr').count()); index += 1) {
      await page.locator('tbody tr').nth(index).click();
      await details(page).waitFor();
      await isUntouched();
    }
  }
  await page.goto(`${PAGE}#requests`);
  await answered(page, '422').click();
  await details(page).getByText(`x-hostile: ${HOSTILE}`).waitFor();
  await details(page).getByText(JSON.stringify(HOSTILE)).first().waitFor();
});

pageTest('the page runs nothing but its own', { url, tolerates: [/Content Security Policy|'Trusted(HTML|Script)'/] }, async ({ page, host }) => {
  const paths = [];
  page.on('request', (request) => paths.push(new URL(request.url()).pathname));
  const answer = await page.goto(PAGE);
  assert.doesNotMatch(answer.headers()['content-security-policy'], /unsafe|\*|https?:/);
  await page.getByText('No request yet').waitFor();
  await page.evaluate(() => {
    document.head.append(Object.assign(document.createElement('style'), { textContent: 'body { display: none }' }));
    const button = document.createElement('button');
    document.body.append(button);
    button.setAttribute('style', 'color: red');
    try { button.innerHTML = '<b>markup</b>'; } catch { /* as it should be */ }
    try { button.setAttribute('onclick', 'document.title = "taken"'); } catch { /* as it should be */ }
    button.click();
  });
  assert.equal(await page.title(), 'Requests – Tessera mock-server');
  assert.equal(await page.locator('body').isVisible(), true);
  assert.equal(await page.locator('b').count(), 0);
  assert.deepEqual(paths.filter((path) => !path.startsWith('/__admin/')), []);
  await fetch(`${host}/one`);
  await row(page, '/one').waitFor();
});
