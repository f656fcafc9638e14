// A call as a command line for curl. The credential is never in it: the shell's variable TESSERA_KEY stands for it.

import type { Call } from './http'

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`

/** The command that makes the call. */
export function curl(call: Call): string {
  const lines = [`curl ${quoted(location.origin + call.path)}`]
  if (call.method !== (call.body === undefined ? 'GET' : 'POST')) lines[0] += ` --request ${call.method}`
  lines.push(`--header "Authorization: ${call.scheme} $TESSERA_KEY"`)
  if (call.body !== undefined) {
    const headers = { 'content-type': 'application/json', ...call.headers }
    for (const [name, value] of Object.entries(headers)) lines.push(`--header ${quoted(`${name}: ${value}`)}`)
    lines.push(`--data ${quoted(JSON.stringify(call.body, null, 2))}`)
  }
  return lines.join(' \\\n  ')
}
