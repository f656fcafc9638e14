// The rules that the console is served with say what those of the sources say: of every body of the contract's vectors, to
// every operation of its vendor. Their WebAssembly itself differs from compiler to compiler.

import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

const assets = new URL('dist/console/assets/', import.meta.url)
const [folder] = readdirSync(assets).filter((name) => name.startsWith('validate-'))
const served = await import(new URL(`${folder}/validate.js`, assets))
served.initSync({ module: readFileSync(new URL(`${folder}/validate_bg.wasm`, assets)) })
const built = createRequire(import.meta.url)('../browser/pkg/all/node.cjs')

/** What is sent in the vectors of a vendor. */
function bodies(vendor) {
  const vectors = new URL('../tests/contract/vectors/', import.meta.url)
  const files = readdirSync(vectors).filter((name) => name.startsWith(vendor) && name.endsWith('.vectors.json'))
  const cases = files.flatMap((name) => JSON.parse(readFileSync(new URL(name, vectors), 'utf8')).cases)
  const requests = cases.flatMap(({ steps }) => steps.map(({ request }) => request))
  const sent = requests.map(({ json, body }) => (json === undefined ? body : JSON.stringify(json)))
  return [...new Set(sent.filter((body) => typeof body === 'string'))]
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
    const all = bodies(operation.split('.')[0])
    assert.ok(all.length > 20, `${operation}: ${all.length} bodies`)
    for (const body of all) {
      const ask = (rules) => rules.judge({ operation, body })
      assert.equal(tell(served, ask), tell(built, ask), `${operation} of ${body.slice(0, 200)}`)
    }
  }
  for (const text of ['ada@example.com', 'ada@example', '@', '', 'ä@ö.example', ' a@b.example']) {
    assert.equal(tell(served, (rules) => rules.email(text)), tell(built, (rules) => rules.email(text)), text)
  }
})
