// The npm package in a browser: what the server said of the vectors' requests, byte for byte.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after } from 'node:test';
import { fileURLToPath } from 'node:url';

import { pageTest } from './chromium.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PACKAGE = here('../../browser/pkg/all/');
const FILES = {
  '/': ['text/html', '<!doctype html><title>validate</title><link rel="icon" href="data:,">'],
  '/web.js': ['text/javascript', await readFile(`${PACKAGE}web.js`)],
  '/validate_bg.wasm': ['application/wasm', await readFile(`${PACKAGE}validate_bg.wasm`)],
  '/verdicts.json': ['application/json', await readFile(process.env.TESSERA_VERDICTS ?? here('../../target/tmp/verdicts.json'))],
};

const server = createServer((request, response) => {
  const [type, content] = FILES[request.url] ?? ['text/plain', ''];
  // no more than a page with a strict policy has to allow
  const policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src data:";
  response.writeHead(type ? 200 : 404, { 'content-type': type, 'content-security-policy': policy }).end(content);
});
await new Promise((resolve) => { server.listen(0, '127.0.0.1', resolve); });
after(() => server.close());

pageTest('every refusal of the vectors is told in a browser', { url: `http://127.0.0.1:${server.address().port}` },
  async ({ page }) => {
    await page.goto('/');
    const { count, different } = await page.evaluate(async () => {
      const { default: init, judge } = await import('/web.js');
      await init();
      const cases = await (await fetch('/verdicts.json')).json();
      const is = ({ request, status, answer }) => {
        const { refusal } = judge(request);
        return refusal?.status === status && refusal.body === answer;
      };
      return { count: cases.length, different: cases.filter((one) => !is(one)).slice(0, 3) };
    });
    assert.deepEqual(different, []);
    assert.ok(count > 500, `only ${count}`);
  });
