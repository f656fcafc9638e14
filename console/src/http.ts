// Calls of the APIs on this origin, and what they say when they refuse.

import { signal } from '@preact/signals'

/** A call, as it is sent and as it is shown. */
export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  /** In which form the API takes the credential. */
  scheme: 'Bearer' | 'Api-Token'
  headers?: Record<string, string>
  body?: unknown
}

/** What is wrong with one member of what was sent. */
export interface Fault {
  /** The member, as the API names it. */
  member: string
  message: string
}

/** A call that was refused, in the words of the API. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly faults: Fault[],
  ) {
    super(message)
  }

  /** What is wrong with a member, if it is that. */
  of(member: string): string | undefined {
    return this.faults.find((fault) => fault.member === member)?.message
  }
}

/** A call that got no answer: the network, or the server, is not there. */
export class Unreachable extends Error {
  constructor() {
    super('The server cannot be reached. Nothing is known of what was sent last.')
  }
}

/** A call whose credential opens nothing any more. */
export class Ended extends Error {
  constructor() {
    super('Your session has ended.')
  }
}

/** Whether the last call got an answer. */
export const isReachable = signal(true)

addEventListener('offline', () => {
  isReachable.value = false
})
addEventListener('online', () => {
  isReachable.value = true
})

/** An answer, whatever its status. */
export interface Answer {
  status: number
  /** The body's JSON; `undefined` where there is none. */
  json: unknown
  /** In how many seconds it may be sent again, where it was too much for now. */
  retryAfter?: number
}

/** Sends a call with a credential. A credential that no header can hold is told of; else as {@link answered}. */
export async function exchange(call: Call, secret: string, signal?: AbortSignal): Promise<Answer> {
  const headers = new Headers(call.headers)
  try {
    headers.set('authorization', `${call.scheme} ${secret}`)
  } catch {
    throw new Error('This is no key: a key has letters, digits and underscores only.')
  }
  if (call.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
  const body = call.body === undefined ? null : JSON.stringify(call.body)
  return answered(call.path, { method: call.method, headers, body, signal: signal ?? null })
}

/** Sends a form, without a credential. */
export function exchangeForm(path: string, form: Record<string, string>): Promise<Answer> {
  return answered(path, { method: 'POST', body: new URLSearchParams(form) })
}

/** The longest that is waited before a call is sent again, in seconds. */
const LONGEST = 60

/** Fails as {@link Unreachable} alone: every status is an answer. */
async function answered(path: string, request: RequestInit): Promise<Answer> {
  let text: string
  let response: Response
  try {
    response = await fetch(path, { ...request, cache: 'no-store', credentials: 'omit', redirect: 'error' })
    text = await response.text()
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error
    isReachable.value = false
    throw new Unreachable()
  }
  isReachable.value = true
  const { status, headers } = response
  if (status !== 429) return { status, json: parse(text) }
  const seconds = Number(headers.get('retry-after')) || 1
  return { status, json: parse(text), retryAfter: Math.min(LONGEST, Math.max(1, seconds)) }
}

function parse(text: string): unknown {
  try {
    return text ? JSON.parse(text) : undefined
  } catch {
    return undefined
  }
}

type Json = Record<string, unknown>

function object(value: unknown): Json {
  return typeof value === 'object' && value !== null ? (value as Json) : {}
}

function list(value: unknown): Json[] {
  return Array.isArray(value) ? value.map(object) : []
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

/** Reads a refusal in whichever of the APIs' forms it is. */
export function refusal({ status, json }: Answer): Refusal {
  const body = object(json)
  const faults: Fault[] = []
  // RFC 9457, as Tessera's own API has it
  for (const { pointer, parameter, detail } of list(body.errors)) {
    faults.push({ member: text(parameter) || text(pointer).slice(1), message: text(detail) })
  }
  // Anaconda
  for (const { loc, msg } of list(body.detail)) {
    faults.push({ member: Array.isArray(loc) ? loc.slice(1).join('.') : '', message: text(msg) })
  }
  // AppOptima
  const error = object(body.error)
  for (const { path, message } of list(error.constraintViolations)) {
    faults.push({ member: text(path), message: text(message) })
  }
  // Astra
  for (const { name, reason } of [...list(body.invalidFields), ...list(body.invalidParams)]) {
    faults.push({ member: text(name), message: text(reason) })
  }
  const schema = text(body.schemaValidationFailure)
  const message =
    text(body.error_description) ||
    text(error.message) ||
    schema ||
    text(body.detail) ||
    text(body.title) ||
    (faults.length > 0 ? 'The body does not validate' : `The server answered ${status}`)
  return new Refusal(status, message, faults)
}
