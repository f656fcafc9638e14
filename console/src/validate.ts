// What an API would say of a call, told before it is sent. The rules and the words are the server's own, as WebAssembly.

import type { Problem, Request, Verdict } from '../../browser/src/types'
import { type Call, type Fault, refusal } from './http'
import type { Person, Way } from './vendors'

/** Where the rules are served: their folder is named by what it holds. */
declare const RULES: string

interface Rules {
  default: () => Promise<unknown>
  judge: (request: Request) => Verdict
  email: (text: string) => Problem[]
  operations: () => string[]
}

let rules: Rules | undefined
let operations = new Set<string>()

/** Loads the rules. */
export async function load(): Promise<void> {
  if (rules) return
  const loaded = (await import(/* @vite-ignore */ RULES)) as Rules
  await loaded.default()
  operations = new Set(loaded.operations())
  rules = loaded
}

/** What would be refused of a call. */
export interface Complaint {
  message: string
  faults: Fault[]
  /** The places at fault, as JSON pointers into the body. */
  pointers: string[]
}

/** What would be refused of these people's call, in the API's own words; nothing where it would be taken for all we know. */
export function judged(way: Way, call: Call, people: Person[]): Complaint | undefined {
  if (!rules) return undefined
  if (!operations.has(way.operation)) return judgedByAddress(rules, people)
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

/** The same, where all that is known of an operation is which addresses it takes. */
function judgedByAddress(rules: Rules, people: Person[]): Complaint | undefined {
  for (const { email } of people) {
    const [problem] = rules.email(email)
    if (problem) return { message: problem.message, faults: [{ member: 'email', message: problem.message }], pointers: [] }
  }
  return undefined
}
