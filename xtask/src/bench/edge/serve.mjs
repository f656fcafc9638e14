// Serves one Worker by miniflare's own API, which has no proxy before it as `wrangler dev` has: node serve.mjs JSON, with
//   modules   the Worker's modules, the main one first: [{ name, file }] or [{ name, contents }]
//   config    the wrangler.toml that tells its bindings, if it has any
//   state     the folder with what it keeps
import { readFileSync } from "node:fs";
import process from "node:process";

import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";

const { modules, config, state } = JSON.parse(process.argv[2]);
const options = config ? optionsOf(config).workerOptions : { compatibilityDate: "2026-04-01" };
// its files are no part of what is measured
delete options.assets;
const miniflare = new Miniflare({
  ...options,
  modules: modules.map(({ name, file, contents }) => ({
    type: name.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
    path: name,
    contents: contents ?? readFileSync(file),
  })),
  // what a Worker logs goes nowhere
  handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => stream.resume()),
  logRequests: false,
  cf: false,
  host: "127.0.0.1",
  port: 0,
  defaultPersistRoot: state,
});
const url = await miniflare.ready;
console.log(`listening on http://${url.host}`);
