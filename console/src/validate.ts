// What an API would say of a call, told before it is sent. The rules and the words are the server's own, as
// WebAssembly.

import type { Request, Verdict } from '../../browser/src/types'
import { type Call, type Fault, refusal } from './http'
import type { Way } from './vendors'

/** Where the rules are served: their folder is named by what it holds. */
declare const RULES: string

interface Rules {
  default: () => Promise<unknown>
  judge: (request: Request) => Verdict
}

let rules: Rules | undefined

/** Loads the rules. */
export async function load(): Promise<void> {
  if (rules) return
  const loaded = (await import(/* @vite-ignore */ RULES)) as Rules
  await loaded.default()
  rules = loaded
}

/** What would be refused of a call. */
export interface Complaint {
  message: string
  faults: Fault[]
  /** The places at fault, as JSON pointers into the body. */
  pointers: string[]
}

/** What would be refused of a call, in the API's own words; nothing where it would be taken for all that is known. */
export function judged(way: Way, call: Call): Complaint | undefined {
  if (!rules) throw new Error('the rules are not loaded')
  const { problems, refusal: refused } = rules.judge({
    operation: way.operation,
    headers: { 'content-type': 'application/json', ...call.headers },
    body: JSON.stringify(call.body),
  })
  if (!refused) return undefined
  const { message } = refusal({ status: refused.status, json: JSON.parse(refused.body) })
  const faults = problems.map(({ pointer, message }) => ({ member: pointer.replace(/^.*\//, ''), message }))
  return { message, faults, pointers: problems.map(({ pointer }) => pointer) }
}
