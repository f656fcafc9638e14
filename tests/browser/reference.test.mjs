// The reference of the APIs, at /openapi/, on both hosts.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { assertAccessible, assertFits, pageTest, screenshot } from './chromium.mjs';
import { edge, mockServer } from './hosts.mjs';

const PAGE = '/openapi/';
const VENDORS = ['native', 'anaconda', 'appoptima', 'astra', 'octane', 'ricloud'];
const DIST = new URL('../../console/dist/openapi/', import.meta.url);

function suite(name, url, skip) {
  const referenceTest = (what, options, run) => pageTest(`${name}: ${what}`, { url, skip, ...options }, run);

  referenceTest('every operation is shown, and found', {}, async ({ page }) => {
    await page.goto(PAGE);
    for (const vendor of VENDORS) {
      const { info, paths } = JSON.parse(await readFile(new URL(`${vendor}.json`, DIST), 'utf8'));
      await page.goto(`${PAGE}#${vendor}`);
      await page.getByRole('heading', { level: 1, name: info.title }).waitFor();
      const ids = Object.values(paths).flatMap((item) => Object.values(item)).map(({ operationId }) => `${vendor}/${operationId}`);
      const shown = await page.locator('details[data-text]').evaluateAll((all) => all.map(({ id }) => id));
      assert.deepEqual(shown.filter((id) => !id.includes('/schemas/')).sort(), ids.sort());
    }
    await page.goto(`${PAGE}#native/create_user`);
    const opened = page.locator('[id="native/create_user"]');
    await opened.getByText('"email": ').first().waitFor();
    await opened.getByRole('link', { name: 'User', exact: true }).click();
    await page.locator('[id="native/schemas/User"]').getByText('seated_at').waitFor();
    await page.getByRole('searchbox').fill('patch token');
    await page.getByText('1 found').waitFor();
  });

  for (const colorScheme of ['light', 'dark']) {
    referenceTest(`it reads well: ${colorScheme}`, { colorScheme, viewport: { width: 360, height: 740 } }, async ({ page }) => {
      await page.goto(`${PAGE}#anaconda/auto_register_users`);
      await page.locator('[id="anaconda/auto_register_users"]').getByText('users_in_onboarding_process').first().waitFor();
      await assertAccessible(page);
      await assertFits(page);
      await page.setViewportSize({ width: 1280, height: 900 });
      await screenshot(page, `reference-${name.replaceAll(' ', '-')}-${colorScheme}`);
    });
  }

  test(`${name}: the reference's files have their headers`, { skip }, async () => {
    const host = typeof url === 'function' ? await url() : url;
    const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'";
    const redirect = await fetch(`${host}/openapi`, { redirect: 'manual' });
    assert.deepEqual([redirect.status, redirect.headers.get('location')], [307, PAGE]);
    const types = { json: 'application/json', js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', html: 'text/html; charset=utf-8' };
    for (const file of [...VENDORS.map((vendor) => `${vendor}.json`), 'reference.js', 'reference.css', 'index.html']) {
      const response = await fetch(`${host}${PAGE}${file === 'index.html' ? '' : file}`);
      assert.equal(response.status, 200, file);
      assert.equal(response.headers.get('content-type'), types[file.split('.').at(-1)], file);
      assert.equal(response.headers.get('content-security-policy'), policy, file);
      assert.equal(response.headers.get('cache-control'), 'no-cache', file);
      assert.equal(await response.text(), await readFile(new URL(file, DIST), 'utf8'), file);
    }
    const gone = await fetch(`${host}${PAGE}gone.json`);
    assert.deepEqual([gone.status, gone.headers.get('content-type')], [404, 'application/problem+json']);
  });
}

suite('mock-server', async () => (await mockServer()).url, false);
suite('the Worker', edge?.url, edge ? false : 'TESSERA_EDGE_URL is not set');
