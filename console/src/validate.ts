// What an API would say of a call, told before it is sent: the rules are those of the server.

import { type Call, type Fault, refusal } from './http'
import type { Way } from './vendors'

/** Loads the rules. */
export async function load(): Promise<void> {}

/** What is wrong with a call, in the API's own words; nothing where it would be taken as far as can be known here. */
export function judged(_way: Way, _call: Call): { message: string; faults: Fault[] } | undefined {
  void refusal
  return undefined
}
