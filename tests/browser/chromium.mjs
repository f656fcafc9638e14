// Tests of pages in headless Chromium. A page that logs an error, throws one, or asks any other host fails its test.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import axe from 'axe-core';
import { chromium } from 'playwright-core';

const SCREENSHOTS = fileURLToPath(new URL('../../target/browser/', import.meta.url));
const ARGUMENTS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync', '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

/** How long an element may take to be as expected, in milliseconds. */
const PATIENCE = 10_000;

let launched;

function browser() {
  launched ??= chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });
  return launched;
}

after(async () => { await (await launched)?.close(); });

/** What a page does that no page may, told as it happens. */
function watch(context, origin, faults) {
  context.on('console', (message) => {
    if (message.type() === 'error') faults.push(`console: ${message.text()} (${message.location().url})`);
  });
  context.on('weberror', (error) => faults.push(`error: ${error.error().stack}`));
  context.on('request', (request) => {
    const { protocol, origin: asked } = new URL(request.url());
    if (asked !== origin && !['data:', 'blob:'].includes(protocol)) faults.push(`request: ${request.url()}`);
  });
}

/**
 * A test in a browser context of its own. `url` is the host's address, or a function that tells it; `tolerates` are
 * patterns of the faults that the test provokes; all else is of Playwright's `browser.newContext`. The test is given the
 * page, the host's address and the context. If it fails, target/browser/ has what the page was like.
 */
export function pageTest(name, { url, tolerates = [], skip = false, ...options }, run) {
  test(name, { skip }, async () => {
    const host = new URL(typeof url === 'function' ? await url() : url).origin;
    const context = await (await browser()).newContext({ baseURL: host, ...options });
    context.setDefaultTimeout(PATIENCE);
    const faults = [];
    watch(context, host, faults);
    const page = await context.newPage();
    try {
      await run({ page, host, context });
      assert.deepEqual(faults.filter((fault) => !tolerates.some((pattern) => pattern.test(fault))), []);
    } catch (error) {
      await screenshot(page, `failed-${name.replaceAll(/\W+/g, '-')}`).catch(() => {});
      if (faults.length) error.message += `\nThe page's faults:\n${faults.join('\n')}`;
      throw error;
    } finally {
      await context.close();
    }
  });
}

/** Keeps how a page looks in target/browser/. */
export async function screenshot(page, name, options = {}) {
  await mkdir(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: `${SCREENSHOTS}${name}.png`, animations: 'disabled', ...options });
}

/** Fails if axe finds that something serious keeps people from using the page. */
export async function assertAccessible(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run({ resultTypes: ['violations'] }));
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  assert.deepEqual(serious.map(({ id, help, nodes }) => ({ id, help, at: nodes.map(({ html }) => html) })), []);
}

/** Fails if the page is wider than its window. */
export async function assertFits(page) {
  const [width, window] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  assert.ok(width <= window, `the page is ${width} px wide in a window of ${window} px`);
}

/** Waits until what is asked for holds, and tells it: `ask` fails or tells false as long as it does not. */
export async function eventually(ask, patience = PATIENCE) {
  const end = Date.now() + patience;
  for (;;) {
    try {
      const told = await ask();
      if (told !== false) return told;
      if (Date.now() > end) throw new Error('it never held');
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await new Promise((resolve) => { setTimeout(resolve, 50); });
  }
}
