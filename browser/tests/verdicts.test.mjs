// What the server said of the vectors' requests and of random bodies, said by the package: in Node.js, byte for byte. The
// files are written by `cargo test --package contract --test vectors`, which asks a running server, and by
// `cargo test --package mock-server --test verdicts`.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const kept = process.env.TESSERA_VERDICTS ?? fileURLToPath(new URL("../../target/tmp/verdicts.json", import.meta.url));
const cases = JSON.parse(readFileSync(kept, "utf8"));
const { judge, octaneQuery, password, key, keyKind, slug, groupSlug, login, name, looseEmail, clientSecret, serviceAccountName } =
  createRequire(import.meta.url)("../pkg/all/node.cjs");

test("every refusal of the vectors is the server's", () => {
  assert.ok(cases.length > 300, `only ${cases.length}`);
  for (const { request, status, answer } of cases) {
    const { refusal, problems } = judge(request);
    assert.equal(refusal?.status, status, JSON.stringify(request));
    assert.equal(refusal.body, answer, JSON.stringify(request));
    assert.ok(problems.length > 0);
  }
});

test("every refusal of random bodies is the server's", () => {
  const random = JSON.parse(readFileSync(kept.replace("verdicts.json", "verdicts-at-random.json"), "utf8"));
  assert.ok(random.length > 2000, `only ${random.length}`);
  for (const { request, status, answer } of random) {
    const { refusal } = judge(request);
    assert.deepEqual([refusal?.status, refusal?.body], [status, answer], JSON.stringify(request));
  }
});

test("bytes are read as the text that they are", () => {
  for (const { request, answer } of cases.slice(0, 50)) {
    assert.equal(judge({ ...request, body: new TextEncoder().encode(request.body) }).refusal.body, answer);
  }
});

test("every pointer into JSON leads to what is there, or to what is missing", () => {
  for (const { request } of cases) {
    let body;
    try {
      body = JSON.parse(request.body);
    } catch {
      continue;
    }
    for (const { pointer, code } of judge(request).problems) {
      const names = pointer.split("/").slice(1).map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
      const last = names.pop();
      let at = body;
      for (const part of names) at = at?.[part];
      if (last === undefined || typeof at === "string") continue;
      assert.ok(at !== undefined && (code === "missing" || code === "value" || Object.hasOwn(at ?? {}, last)), `${pointer}: ${request.body}`);
    }
  }
});

test("a query's fault has its place", () => {
  assert.deepEqual(octaneQuery('"id EQ 1"'), []);
  const [problem] = octaneQuery('"name EQ"');
  assert.deepEqual([problem.code, problem.at, problem.parameter], ["syntax", 8, "query"]);
  const query = `query=${encodeURIComponent('"nope EQ 1"')}`;
  const verdict = judge({ operation: "octane.list_api_accesses", query });
  assert.deepEqual([verdict.problems[0].code, verdict.problems[0].at, verdict.refusal.status], ["unknown", 1, 400]);
});

test("values", () => {
  const good = {
    login: [login, "ann"], name: [name, "Ann"], looseEmail: [looseEmail, "a@b"], key: [key, "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS3"],
    clientSecret: [clientSecret, "Abcdefghi1"], serviceAccountName: [serviceAccountName, "ci_bot-1"], password: [password, "Str0ng-Enough-Pass"],
  };
  for (const [rule, [judgeValue, text]] of Object.entries(good)) assert.deepEqual(judgeValue(text), [], rule);
  const bad = { login: [login, "a/b"], name: [name, "a\n"], looseEmail: [looseEmail, "a"], key: [key, "tsr_key_DemoAcmeKeyForLocalTestingOnly0gIwS4"],
    clientSecret: [clientSecret, "short"], serviceAccountName: [serviceAccountName, "A"] };
  for (const [rule, [judgeValue, text]] of Object.entries(bad)) assert.equal(judgeValue(text)[0]?.code, "value", rule);
  assert.deepEqual(password("short").map(({ message }) => message),
    ["should have at least 12 characters", "should have at least 1 upper-case Latin letters", "should have at least 1 digits"]);
  assert.equal(keyKind(good.key[1]), "key");
  assert.equal(keyKind("x"), undefined);
  assert.equal(slug("Acme & Sons"), "acme-sons");
  assert.equal(groupSlug("Sales Group"), "salesgroup");
});

test("what is repeated is told", () => {
  const body = JSON.stringify({ user_emails: ["a@acme.test", "A@acme.test"] });
  const { problems, warnings, refusal } = judge({ operation: "anaconda.auto_register_users", body });
  assert.deepEqual([problems, warnings[0].pointer, warnings[0].code, refusal], [[], "/user_emails/1", "duplicate", null]);
});

test("a request that is none is an error", () => {
  assert.throws(() => judge({ operation: "nobody.does" }), /no operation/);
  assert.throws(() => judge({ operation: "native.create_user", body: 1 }), /string or a Uint8Array/);
  assert.throws(() => judge({ operation: "native.create_user", assumed: { nothing: 1 } }), /assumed\/nothing/);
});
