// The package as it is installed: by its exports, by its types, by its size.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { before, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const folder = join(here, "../pkg");
const vendors = ["anaconda", "appoptima", "astra", "native", "octane", "ricloud"];

// a project that has the package among its own
const project = join(root, "target/tmp/package-user");
before(() => {
  rmSync(project, { recursive: true, force: true });
  mkdirSync(join(project, "node_modules/@tessera"), { recursive: true });
  symlinkSync(folder, join(project, "node_modules/@tessera/validate"));
  writeFileSync(join(project, "package.json"), '{ "type": "module" }');
});

const required = (name) => createRequire(pathToFileURL(join(project, "use.js")))(name);

function imported(text) {
  const file = join(project, "use.mjs");
  writeFileSync(file, text);
  return execFileSync(process.execPath, [file], { encoding: "utf8" }).trim();
}

test("ESM and CommonJS find the same", () => {
  const told = imported('import { judge, operations } from "@tessera/validate"; console.log(operations().length)');
  assert.equal(Number(told), required("@tessera/validate").operations().length);
});

test("a vendor's own folder has its operations alone", () => {
  for (const vendor of vendors) {
    const all = required("@tessera/validate").operations();
    const own = required(`@tessera/validate/${vendor}`).operations();
    assert.ok(own.length > 3);
    assert.deepEqual(own, all.filter((name) => name.startsWith(`${vendor}.`)));
  }
});

test("what is no request is refused, however often, and the next one is judged", () => {
  const { judge, email } = required("@tessera/validate");
  const strange = { get operation() { throw new Error("not today"); } };
  for (let times = 0; times < 2_000; times += 1) {
    for (const none of [null, undefined, 7, "x", strange]) assert.throws(() => judge(none), /should be an object|operation/);
  }
  assert.equal(judge({ operation: "native.create_user", body: "{}" }).problems.length, 0);
  assert.deepEqual(email("ann@acme.test"), []);
});

test("a browser's build works once it is loaded", async () => {
  const { default: init, initSync, email } = await import(pathToFileURL(join(folder, "all/web.js")));
  assert.equal(typeof init, "function");
  initSync({ module: readFileSync(join(folder, "all/validate_bg.wasm")) });
  assert.deepEqual(email("ann@acme.test"), []);
});

test("a bundler leaves out what is not used", () => {
  const esbuild = join(root, "node_modules/.bin/esbuild");
  const bundle = (text) =>
    execFileSync(esbuild, ["--bundle", "--format=esm", "--minify"], { cwd: project, input: text, encoding: "utf8" });
  assert.equal(bundle('import { email, judge } from "@tessera/validate/web";').trim(), "");
  const one = bundle('import init, { email } from "@tessera/validate/web"; init().then(() => email("a"));');
  const all = bundle('import * as all from "@tessera/validate/web"; console.log(all);');
  assert.ok(one.length < all.length * 0.9, `${one.length} of ${all.length}`);
});

test("the types are strict, whole, and have no any", () => {
  for (const part of ["all", ...vendors]) {
    for (const file of ["index.d.ts", "index.d.cts", "web.d.ts"]) {
      assert.doesNotMatch(readFileSync(join(folder, part, file), "utf8"), /\bany\b(?! )/, `${part}/${file}`);
    }
  }
  const text = readFileSync(join(here, "use.ts"), "utf8");
  writeFileSync(join(project, "use.ts"), text);
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "--lib", "es2022,dom"];
  execFileSync(process.execPath, [tsc, ...options, "use.ts"], { cwd: project, stdio: ["ignore", "inherit", "inherit"] });
});

test("the rules, the types and the README have the same codes of problems", () => {
  const read = (path) => readFileSync(join(root, path), "utf8");
  const [, variants] = read("crates/api/src/verdict.rs").match(/pub enum Code \{(.*?)\n\}/s);
  const codes = [...variants.matchAll(/^ {4}(\w+),$/gm)].map(([, name]) => name.replace(/\B[A-Z]/g, "_$&").toLowerCase());
  assert.ok(codes.length > 10, `${codes}`);
  const [, union] = read("browser/src/types.d.ts").match(/export type Code =(.*?);/s);
  assert.deepEqual([...union.matchAll(/"(\w+)"/g)].map(([, code]) => code).sort(), codes.sort());
  const [, table] = read("browser/README.md").match(/`code` one of:\n\n(.*?)\n\n/s);
  const told = [...table.matchAll(/^ *\| (`.*?`) \|/gm)].flatMap(([, cell]) => [...cell.matchAll(/`(\w+)`/g)]);
  assert.deepEqual(told.map(([, code]) => code).sort(), codes);
});

test("the package is small, and a part of it smaller", () => {
  const size = (part) =>
    ["validate_bg.wasm", "web.js"].reduce((sum, file) => sum + gzipSync(readFileSync(join(folder, part, file)), { level: 9 }).length, 0);
  const all = size("all");
  // by Node.js's own deflate, which makes some four kB more of it than gzip's
  assert.ok(all <= 164_000, `${all} bytes gzipped`);
  for (const vendor of vendors) assert.ok(size(vendor) < all * 0.9, `${vendor}: ${size(vendor)} of ${all}`);
});

test("nothing is in the package that nobody imports", () => {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const files = JSON.stringify(manifest.exports).match(/\.\/[\w/.]+/g).filter((path) => /\.\w+$/.test(path));
  for (const file of files.filter((path) => /\.(js|cjs|ts|cts)$/.test(path) || path.endsWith("_bg.wasm"))) {
    assert.ok(existsSync(join(folder, file)), file);
  }
  assert.deepEqual(readdirSync(folder).filter((name) => !name.startsWith(".")).sort(),
    ["LICENSE", "README.md", "package.json", "all", ...vendors].sort());
});
