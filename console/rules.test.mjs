// The rules that the console is served with say what those of the sources say: of every request of the contract's
// vectors, to every operation of its vendor. Their WebAssembly itself differs from compiler to compiler.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const assets = new URL('dist/console/assets/', import.meta.url)
const [folder] = readdirSync(assets).filter((name) => name.startsWith('validate-'))
const served = await import(new URL(`${folder}/validate.js`, assets))
served.initSync({ module: readFileSync(new URL(`${folder}/validate_bg.wasm`, assets)) })
const built = createRequire(import.meta.url)('../browser/pkg/all/node.cjs')

/** What is sent in the vectors of a vendor: bodies, and queries. */
function sent(vendor) {
  const vectors = new URL('../tests/contract/vectors/', import.meta.url)
  const files = readdirSync(vectors).filter((name) => name.startsWith(vendor) && name.endsWith('.vectors.json'))
  const cases = files.flatMap((name) => JSON.parse(readFileSync(new URL(name, vectors), 'utf8')).cases)
  const requests = cases.flatMap(({ steps }) => steps.map(({ request }) => request))
  const asked = requests.map(({ json, body, path }) => ({
    body: json === undefined ? body : JSON.stringify(json),
    query: path.split('?')[1],
  }))
  return [...new Set(asked.map((request) => JSON.stringify(request)))].map((text) => JSON.parse(text))
}

const tell = (rules, ask) => {
  try {
    return JSON.stringify(ask(rules))
  } catch (error) {
    return `${error}`
  }
}

test('the rules are current', () => {
  assert.deepEqual(served.operations(), built.operations())
  for (const operation of built.operations()) {
    const all = sent(operation.split('.')[0])
    assert.ok(all.length > 20, `${operation}: ${all.length} requests`)
    for (const request of all) {
      const ask = (rules) => rules.judge({ operation, ...request })
      assert.equal(tell(served, ask), tell(built, ask), `${operation} of ${JSON.stringify(request).slice(0, 200)}`)
    }
  }
})
