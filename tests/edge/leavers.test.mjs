// Callers who leave while the store is still asked. workerd by itself ends their calls then, which through miniflare run to their end;
// and what waited for the store is not to stay in the WebAssembly's memory.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import workerd from "workerd";

const CALLS = 6000;
const AT_ONCE = 20;
/** What the WebAssembly may have of memory afterwards, in bytes. Each call that stays is 6 kB. */
const MAX_BYTES = 20e6;

/** The Worker's own, on which it depends what its JavaScript may do. */
const [, DATE] = readFileSync("wrangler.toml", "utf8").match(/^compatibility_date = "(.+)"$/m);
const KEY = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
const USERS = "/v1/organizations/00000000-0000-4000-8000-000000000001/users";
const REQUEST = `GET ${USERS} HTTP/1.1\r\nHost: tessera.test\r\nAuthorization: Bearer ${KEY}\r\n\r\n`;

/** Tells of the memory and of how many calls there were, besides what the Worker does. */
const MAIN = `
  import { bytes } from "./spy.js";
  import worker from "./entry.js";
  let calls = 0;
  export default {
    fetch(request, env, ctx) {
      if (new URL(request.url).pathname === "/told") return Response.json({ bytes: bytes(), calls });
      calls += 1;
      return worker.fetch(request, env, ctx);
    },
  };`;
const SPY = `
  const instances = [];
  const { Instance } = WebAssembly;
  WebAssembly.Instance = class extends Instance {
    constructor(...given) {
      super(...given);
      instances.push(this);
    }
  };
  export const bytes = () => instances.reduce((sum, { exports }) => sum + exports.memory.buffer.byteLength, 0);`;

const config = (store) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .tessera),
    (name = "store", external = (address = "127.0.0.1:${store}", http = ())),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
  extensions = [(modules = [
    (name = "cloudflare-internal:email", internal = true, esModule = "export default { EmailMessage: class {} };"),
  ])],
);
const tessera :Workerd.Worker = (
  modules = [
    (name = "main.js", esModule = embed "main.js"),
    (name = "spy.js", esModule = embed "spy.js"),
    (name = "entry.js", esModule = embed "entry.js"),
    (name = "index.js", esModule = embed "index.js"),
    (name = "index_bg.wasm", wasm = embed "index_bg.wasm"),
  ],
  compatibilityDate = "${DATE}",
  bindings = [
    (name = "ENVIRONMENT", text = "development"),
    (name = "DB", wrapped = (
      moduleName = "cloudflare-internal:d1-api",
      innerBindings = [(name = "fetcher", service = "store")],
    )),
  ],
);`;

/** A store that takes every question and answers none. */
async function silent(t) {
  const store = { asked: 0 };
  const server = createServer((socket) => {
    store.asked += 1;
    socket.on("data", () => {}).on("error", () => {});
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  store.port = server.address().port;
  return store;
}

/** The Worker in workerd alone, over a store at this port; its own port. */
async function serve(t, store) {
  const folder = join(process.env.TESSERA_STATE, "..", "leavers");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const module of ["entry.js", "index.js", "index_bg.wasm"]) copyFileSync(join("build", module), join(folder, module));
  for (const [name, text] of [["main.js", MAIN], ["spy.js", SPY], ["config.capnp", config(store)]]) {
    writeFileSync(join(folder, name), text);
  }
  const child = spawn(workerd.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  t.after(() => child.kill());
  for await (const line of createInterface(child.stdio[3])) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return port;
  }
  throw new Error("workerd does not listen");
}

test("who leaves while the store is asked, or waits to ask it, leaves nothing", async (t) => {
  const store = await silent(t);
  const port = await serve(t, store.port);
  const told = async () => (await fetch(`http://127.0.0.1:${port}/told`)).json();
  const { bytes: before } = await told();
  assert.ok(before > 1e6, `the memory is read: ${before}`);
  for (let left = 0; left < CALLS; left += AT_ONCE) {
    const callers = Array.from({ length: AT_ONCE }, () => connect(port, "127.0.0.1").on("error", () => {}));
    await Promise.all(callers.map((caller) => once(caller, "connect")));
    for (const caller of callers) caller.write(REQUEST);
    for (let waits = 0; (await told()).calls < left + AT_ONCE && waits < 200; waits += 1) await sleep(5);
    // it is not told of who only has no more to say
    for (const caller of callers) caller.resetAndDestroy();
  }
  const { bytes: after, calls } = await told();
  t.diagnostic(`${before} bytes before, ${after} after ${calls} calls, of which ${store.asked} asked the store`);
  assert.ok(store.asked >= CALLS * 0.8, `the store was asked ${store.asked} times`);
  assert.ok(calls - store.asked >= 100, `${calls - store.asked} waited`);
  assert.ok(after < MAX_BYTES, `${after} bytes of memory`);
});
