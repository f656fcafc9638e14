// Isolates of the Worker over one D1 and one namespace of KV, in workerd: a key that was ended is dead at once where it was
// ended, and within 60 seconds in every other isolate, whatever that one knows of it, or KV.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as optionsOf } from "wrangler";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const ORGANIZATION = "/v1/organizations/00000000-0000-4000-8000-000000000001";
/** The key of the demo's organization. */
const KEY = "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3";
/** What is promised, in milliseconds. */
const BOUND = 60_000;

let miniflare;

before(async () => {
  const options = optionsOf(`${ROOT}/wrangler.toml`).workerOptions;
  // pages are not asked for, and a queue has one consumer
  delete options.assets;
  delete options.queueConsumers;
  const modules = ["entry.js", "index.js", "index_bg.wasm"].map((path) => ({
    type: path.endsWith(".wasm") ? "CompiledWasm" : "ESModule",
    path,
    contents: readFileSync(`${ROOT}/build/${path}`),
  }));
  miniflare = new Miniflare({
    workers: ["here", "there", "nowhere"].map((name) => ({ ...options, name, modules })),
    handleRuntimeStdio: (stdout, stderr) => [stdout, stderr].forEach((stream) => stream.resume()),
    cf: false,
    defaultPersistRoot: process.env.TESSERA_STATE,
  });
  await miniflare.ready;
});

after(() => miniflare.dispose());

async function ask(isolate, method, path, body, headers = {}) {
  const worker = await miniflare.getWorker(isolate);
  const answer = await worker.fetch(`http://tessera.test${path}`, {
    method,
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json", ...headers },
    body: body && JSON.stringify(body),
  });
  assert.ok(answer.ok, `${isolate}: ${method} ${path}: ${answer.status}`);
  const text = await answer.text();
  return text && JSON.parse(text);
}

/** What an isolate says of a secret, in a word. */
async function verdict(isolate, secret, headers) {
  const { code } = await ask(isolate, "POST", "/v1/keys/verify", { key: secret }, headers);
  return code;
}

const newKey = () => ask("here", "POST", `${ORGANIZATION}/keys`, { name: "isolates", scopes: ["users:read"] });

/** After how many milliseconds since then an isolate says that a key is over; at the latest after the bound. */
async function deadAfter(isolate, secret, since) {
  while (Date.now() - since < BOUND) {
    if ((await verdict(isolate, secret)) === "revoked") return Date.now() - since;
    await sleep(500);
  }
  return assert.fail(`${isolate} takes a key for good that was revoked a minute ago`);
}

// each waits for most of a minute
describe("a key that was ended", { concurrency: true }, () => {
  test("is dead at once where that was done, and in another isolate within the bound", { timeout: 2 * BOUND }, async () => {
    const [ended, asked] = [await newKey(), await newKey()];
    for (const { secret } of [ended, asked]) {
      assert.equal(await verdict("there", secret), "valid");
      assert.equal(await verdict("here", secret), "valid");
    }
    for (const { id } of [ended, asked]) await ask("here", "DELETE", `${ORGANIZATION}/keys/${id}`);
    const since = Date.now();
    assert.equal(await verdict("here", ended.secret), "revoked");
    // who has not heard of it, and whoever asks for the fresh answer
    assert.equal(await verdict("nowhere", ended.secret), "revoked");
    assert.equal(await verdict("there", ended.secret), "valid", "nothing is remembered, and so this shows nothing");
    assert.equal(await verdict("there", asked.secret, { "cache-control": "no-cache" }), "revoked");
    assert.equal(await verdict("there", asked.secret), "revoked");
    console.log(`dead elsewhere after ${await deadAfter("there", ended.secret, since)} ms`);
  });

  test("is taken for good no longer than the bound where KV has not heard of it", { timeout: 2 * BOUND }, async () => {
    const { id, secret } = await newKey();
    assert.equal(await verdict("there", secret), "valid");
    // in the store alone, as where the deletion has not come to this location's KV
    const store = await miniflare.getD1Database("DB", "here");
    await store.prepare("UPDATE keys SET revoked_at = ?1, version = version + 1 WHERE id = ?2").bind(Date.now(), id).run();
    const since = Date.now();
    // what is put is there after the answer
    await sleep(500);
    assert.equal(await verdict("nowhere", secret), "valid", "nothing is in KV, and so this shows nothing");
    const [there, nowhere] = await Promise.all([deadAfter("there", secret, since), deadAfter("nowhere", secret, since)]);
    console.log(`dead after ${there} ms, and after ${nowhere} ms for whoever had it from KV`);
  });
});
