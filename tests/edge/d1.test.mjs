// What calls of one isolate ask of D1 at the same time, in workerd by itself, over a store that answers when a test has it answer:
// each call is a workerd request of its own, and none may have another's rows, error, or wait for one who has left.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import workerd from "workerd";

const [, DATE] = readFileSync("wrangler.toml", "utf8").match(/^compatibility_date = "(.+)"$/m);

const MAIN = `
  import { env } from "cloudflare:workers";
  import { batch } from "./d1.js";
  const database = {
    prepare: (sql) => ({ bind: (...parameters) => [sql, parameters] }),
    async batch(statements) {
      const answer = await env.STORE.fetch("http://store/", { method: "POST", body: JSON.stringify(statements) });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
  };
  export default {
    async fetch(request) {
      try {
        return new Response(await batch(database, await request.text(), new URL(request.url).pathname === "/shared"));
      } catch ({ message }) {
        return new Response(message, { status: 500 });
      }
    },
  };`;

const config = (store) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "store", external = (address = "127.0.0.1:${store}", http = ()))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const main :Workerd.Worker = (
  modules = [(name = "main.js", esModule = embed "main.js"), (name = "d1.js", esModule = embed "d1.js")],
  compatibilityDate = "${DATE}",
  bindings = [(name = "STORE", service = "store")],
);`;

const store = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  questions.push({ statements: JSON.parse(body), response });
});
/** What the store was asked and did not answer yet. */
let questions = [];
let child;
let port;

before(async () => {
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  const folder = join(process.env.TESSERA_STATE, "..", "d1");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  copyFileSync("src/d1.js", join(folder, "d1.js"));
  writeFileSync(join(folder, "main.js"), MAIN);
  writeFileSync(join(folder, "config.capnp"), config(store.address().port));
  child = spawn(workerd.default, ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  for await (const line of createInterface(child.stdio[3])) {
    const told = JSON.parse(line);
    if (told.event === "listen") {
      port = told.port;
      break;
    }
  }
});

after(() => {
  child.kill();
  store.close();
  store.closeAllConnections();
});

beforeEach(() => {
  questions = [];
});

/** The question of a call with this many statements. */
const question = (name, count) => JSON.stringify(Array.from({ length: count }, (_, at) => [`SELECT ${at}`, [name]]));

/** A call's answer: its rows, or its error's text. */
async function ask(name, { count = 2, path = "shared" } = {}) {
  const answer = await fetch(`http://127.0.0.1:${port}/${path}`, { method: "POST", body: question(name, count) });
  return answer.ok ? answer.json() : answer.text();
}

/** A call of one who can leave. */
async function visit(name) {
  const visitor = connect(port, "127.0.0.1").on("error", () => {});
  await once(visitor, "connect");
  const body = question(name, 1);
  visitor.write(`POST /shared HTTP/1.1\r\nHost: tessera.test\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  return visitor;
}

/** Waits until the store has been asked so often. */
async function asked(count) {
  for (let waits = 0; questions.length < count && waits < 400; waits += 1) await sleep(5);
  // what is too much would be there soon
  await sleep(100);
  assert.equal(questions.length, count, "questions");
}

/** The store's next question: whose statements it has, and how it is answered. */
function next() {
  const { statements, response } = questions.shift();
  return {
    names: [...new Set(statements.map(([, [name]]) => name))],
    count: statements.length,
    answer() {
      response.end(JSON.stringify(statements.map(([sql, [name]]) => ({ results: [{ sql, name }] }))));
    },
    refuse(message) {
      response.writeHead(500).end(message);
    },
  };
}

const rows = (name, count = 2) => Array.from({ length: count }, (_, at) => [[`SELECT ${at}`, name]]);

/** Two calls whose batches are on their way. */
async function busy() {
  const calls = [ask("first")];
  await asked(1);
  calls.push(ask("second"));
  await asked(2);
  const flights = [next(), next()];
  return {
    flights,
    async end() {
      for (const { answer } of flights) answer();
      assert.deepEqual(await Promise.all(calls), [rows("first"), rows("second")]);
    },
  };
}

/** Calls, each waiting before the next is made. */
async function queued(names, options) {
  const calls = [];
  for (const name of names) {
    calls.push(ask(name, options));
    await sleep(20);
  }
  return calls;
}

test("what is asked while two batches are on their way goes together, and each has its own rows", async () => {
  const { flights, end } = await busy();
  const calls = await queued(["a", "b", "c"]);
  await asked(0);
  flights[0].answer();
  await asked(1);
  const group = next();
  assert.deepEqual(group.names, ["a", "b", "c"]);
  group.answer();
  assert.deepEqual(await Promise.all(calls), [rows("a"), rows("b"), rows("c")]);
  await end();
});

test("what one is refused, the others are not", async () => {
  const refusal = "D1_ERROR: UNIQUE constraint failed: users.organization, users.login: SQLITE_CONSTRAINT";
  const { flights, end } = await busy();
  const calls = await queued(["a", "b", "c"]);
  flights[0].answer();
  await asked(1);
  next().refuse(refusal);
  await asked(3);
  const alone = [next(), next(), next()];
  assert.deepEqual(alone.map(({ names }) => names[0]).sort(), ["a", "b", "c"]);
  assert.deepEqual(alone.map(({ count }) => count), [2, 2, 2]);
  for (const { names, answer, refuse } of alone) names[0] === "b" ? refuse(refusal) : answer();
  assert.deepEqual(await Promise.all(calls), [rows("a"), refusal, rows("c")]);
  await end();
});

test("what may have been done is done by nobody again", async () => {
  const { flights, end } = await busy();
  const calls = await queued(["a", "b"]);
  flights[0].answer();
  await asked(1);
  next().refuse("D1_ERROR: Network connection lost.");
  const lost = "in a batch of several calls: D1_ERROR: Network connection lost.";
  assert.deepEqual(await Promise.all(calls), [lost, lost]);
  await asked(0);
  await end();
});

test("an answer that cannot be read is told to nobody, and nothing is done again", async () => {
  const { flights, end } = await busy();
  const calls = await queued(["a", "b"]);
  flights[0].answer();
  await asked(1);
  next().refuse("D1_ERROR: Failed to parse body as JSON, got: a secret of a's, SQLITE_CONSTRAINT");
  const lost = "in a batch of several calls: its answer cannot be read";
  assert.deepEqual(await Promise.all(calls), [lost, lost]);
  await asked(0);
  await end();
});

test("what those asked who left before their turn is done by nobody later", async () => {
  const { end } = await busy();
  const visitors = [];
  for (const name of ["x", "y", "z"]) {
    visitors.push(await visit(name));
    await sleep(20);
  }
  for (const visitor of visitors) visitor.resetAndDestroy();
  await sleep(50);
  await end();
  await sleep(2200);
  const call = ask("late");
  await asked(1);
  const { names, answer } = next();
  assert.deepEqual(names, ["late"]);
  answer();
  assert.deepEqual(await call, rows("late"));
});

test("whoever leaves with the batch of others on its way leaves them their answers", async () => {
  const { flights, end } = await busy();
  const visitor = await visit("visitor");
  await sleep(20);
  const calls = await queued(["a", "b"]);
  flights[0].answer();
  await asked(1);
  visitor.resetAndDestroy();
  await sleep(100);
  const group = next();
  assert.deepEqual(group.names, ["visitor", "a", "b"]);
  group.answer();
  assert.deepEqual(await Promise.all(calls), [rows("a"), rows("b")]);
  await end();
  // and the place is free
  await (await busy()).end();
});

test("whoever leaves before its turn holds up the others for a second at the most", async () => {
  const { flights, end } = await busy();
  const visitor = await visit("visitor");
  await sleep(20);
  const [call] = await queued(["a"]);
  visitor.resetAndDestroy();
  await sleep(50);
  flights[0].answer();
  for (let waits = 0; questions.length < 1 && waits < 300; waits += 1) await sleep(5);
  const { names, answer } = next();
  assert.ok(names.includes("a"));
  answer();
  assert.deepEqual(await call, rows("a"));
  await end();
  await sleep(1000);
  await (await busy()).end();
});

test("batches that do not come back hold up a call for a second", async () => {
  const { end } = await busy();
  const begun = Date.now();
  const calls = await queued(["a", "b"]);
  await asked(0);
  for (let waits = 0; questions.length < 2 && waits < 400; waits += 1) await sleep(5);
  const took = Date.now() - begun;
  assert.ok(took > 900 && took < 3000, `${took} ms`);
  const alone = [next(), next()];
  assert.deepEqual(alone.map(({ names }) => names), [["a"], ["b"]]);
  for (const { answer } of alone) answer();
  assert.deepEqual(await Promise.all(calls), [rows("a"), rows("b")]);
  await end();
});

test("a batch of several has no more than 48 statements, and none of what is large or is a session's", async () => {
  const { flights, end } = await busy();
  const large = "x".repeat(17_000);
  const others = [ask("session", { path: "own" }), ask("many", { count: 49 }), ask(large)];
  await asked(3);
  for (const { answer } of [next(), next(), next()]) answer();
  assert.deepEqual(await Promise.all(others), [rows("session"), rows("many", 49), rows(large)]);

  const calls = await queued(["a", "b", "c", "d", "e"], { count: 15 });
  flights[0].answer();
  await asked(1);
  const group = next();
  assert.deepEqual([group.names, group.count], [["a", "b", "c"], 45]);
  group.answer();
  await asked(1);
  const rest = next();
  assert.deepEqual(rest.names, ["d", "e"]);
  rest.answer();
  assert.deepEqual(await Promise.all(calls), ["a", "b", "c", "d", "e"].map((name) => rows(name, 15)));
  await end();
});
