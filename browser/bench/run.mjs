// Measures in Node.js and, where there is one, in Chromium; prints JSON: {"node": …, "chromium": … or null}. The argument is
// how many rounds.

import { build } from "esbuild";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { measure } from "./rules.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const rounds = Number(process.argv[2] ?? 21);

const node = measure(createRequire(import.meta.url)("../pkg/all/node.cjs"), rounds);

async function inChromium() {
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) return null;
  const { chromium } = await import("playwright-core");
  const { outputFiles } = await build({ entryPoints: [here("rules.mjs")], bundle: true, format: "esm", minify: true, write: false });
  const files = {
    "/": ["text/html", "<!doctype html>"],
    "/rules.js": ["text/javascript", outputFiles[0].contents],
    "/web.js": ["text/javascript", await readFile(here("../pkg/all/web.js"))],
    "/validate_bg.wasm": ["application/wasm", await readFile(here("../pkg/all/validate_bg.wasm"))],
  };
  const server = createServer((request, response) => {
    const [type, content] = files[request.url] ?? ["text/plain", ""];
    response.writeHead(files[request.url] ? 200 : 404, { "content-type": type }).end(content);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
    "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"] });
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    return await page.evaluate(async (count) => {
      const [{ measure: measureHere }, tessera] = await Promise.all([import("/rules.js"), import("/web.js")]);
      await tessera.default();
      return measureHere(tessera, count);
    }, rounds);
  } finally {
    await browser.close();
    server.close();
  }
}

console.log(JSON.stringify({ node, chromium: await inChromium() }));
