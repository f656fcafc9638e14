// Tessera's own API, `/v1`.

import type { Call } from './http'
import { send } from './session'

export interface Organization {
  id: string
  number: number
  slug: string
  name: string
  seats: { total: number; used: number }
  type: string
  state: string | null
  identity_mode: string
  set_password_via_api: boolean
  subscription_expires_at: string | null
  created_at: string
}

export interface User {
  id: string
  email: string | null
  login: string
  first_name: string | null
  last_name: string | null
  role: 'member' | 'admin' | 'billing_manager'
  seated_at: string | null
  created_at: string
}

export interface Token {
  id: string
  name: string | null
  expires_at: string | null
  revoked_at: string | null
  created_at: string
}

export interface Key {
  id: string
  name: string
  kind: string
  scopes: string[]
  expires_at: string | null
  revoked_at: string | null
  previous_secret_until: string | null
  last_used_at: string | null
  created_at: string
}

export interface Mail {
  id: string
  to: string
  content: Record<string, unknown>
  subject: string
  text: string
  created_at: string
  /** `pending`, `sending`, `failed`, `sent` or `dead`. */
  state: string
  last_error: string | null
}

export interface Seats {
  total: number
  used: number
  free: number
  data: { user_id: string; email: string | null; seated_at: string }[]
  next_cursor: string | null
}

/** A part of a list. */
export interface Page<T> {
  data: T[]
  next_cursor: string | null
}

/** Every scope that a key can have. */
export const SCOPES = [
  '*',
  'ServiceProviderAPI',
  'organization:read',
  'organization:write',
  'users:read',
  'users:write',
  'seats:read',
  'seats:write',
  'tokens:read',
  'tokens:write',
  'keys:read',
  'keys:write',
  'outbox:read',
  'outbox:write',
  'audit:read',
]

function call(method: Call['method'], path: string, body?: unknown): Call {
  return { method, path: `/v1${path}`, scheme: 'Bearer', ...(body === undefined ? {} : { body }) }
}

function query(parameters: Record<string, string | number | null>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== null && value !== '')
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

const at = (organization: string, rest = ''): string => `/organizations/${encodeURIComponent(organization)}${rest}`
const person = (organization: string, user: string, rest = ''): string =>
  at(organization, `/users/${encodeURIComponent(user)}${rest}`)

/** How many items of a list are asked for at once. */
const LIMIT = 200

export const organizations = {
  list: (cursor: string | null, signal?: AbortSignal) =>
    send<Page<Organization>>(call('GET', `/organizations${query({ limit: LIMIT, cursor })}`), signal),
  get: (id: string, signal?: AbortSignal) => send<Organization>(call('GET', at(id)), signal),
  create: (body: object) => send<Organization & { api_key: string }>(call('POST', '/organizations', body)),
  update: (id: string, body: object) => send<Organization>(call('PATCH', at(id), body)),
}

export const users = {
  list: (organization: string, search: string, cursor: string | null, signal?: AbortSignal) =>
    send<Page<User>>(call('GET', at(organization, `/users${query({ limit: LIMIT, search, cursor })}`)), signal),
  get: (organization: string, id: string, signal?: AbortSignal) =>
    send<User>(call('GET', person(organization, id)), signal),
  /** The call that makes a user. */
  creation: (organization: string, body: object) => call('POST', at(organization, '/users'), body),
  create: (organization: string, body: object) => send<User>(users.creation(organization, body)),
  update: (organization: string, id: string, body: object) => send<User>(call('PATCH', person(organization, id), body)),
  delete: (organization: string, id: string) => send<void>(call('DELETE', person(organization, id))),
}

export const seats = {
  list: (organization: string, cursor: string | null, signal?: AbortSignal) =>
    send<Seats>(call('GET', at(organization, `/seats${query({ limit: 1000, cursor })}`)), signal),
  assign: (organization: string, user: string) => send<void>(call('PUT', person(organization, user, '/seat'))),
  remove: (organization: string, user: string) => send<void>(call('DELETE', person(organization, user, '/seat'))),
}

export const tokens = {
  list: (organization: string, user: string, cursor: string | null, signal?: AbortSignal) =>
    send<Page<Token>>(call('GET', person(organization, user, `/tokens${query({ limit: LIMIT, cursor })}`)), signal),
  issue: (organization: string, user: string, body: object) =>
    send<Token & { token: string }>(call('POST', person(organization, user, '/tokens'), body)),
  extend: (organization: string, user: string, token: string, body: object) =>
    send<Token>(call('PATCH', person(organization, user, `/tokens/${encodeURIComponent(token)}`), body)),
  revoke: (organization: string, user: string, token: string) =>
    send<void>(call('DELETE', person(organization, user, `/tokens/${encodeURIComponent(token)}`))),
}

export const keys = {
  list: (organization: string, cursor: string | null, signal?: AbortSignal) =>
    send<Page<Key>>(call('GET', at(organization, `/keys${query({ limit: LIMIT, cursor })}`)), signal),
  create: (organization: string, body: object) =>
    send<Key & { secret: string }>(call('POST', at(organization, '/keys'), body)),
  rotate: (organization: string, id: string, body: object) =>
    send<Key & { secret: string }>(call('POST', at(organization, `/keys/${encodeURIComponent(id)}/rotate`), body)),
  revoke: (organization: string, id: string) =>
    send<void>(call('DELETE', at(organization, `/keys/${encodeURIComponent(id)}`))),
}

export const outbox = {
  list: (cursor: string | null, signal?: AbortSignal) =>
    send<Page<Mail>>(call('GET', `/outbox${query({ order: 'newest', limit: LIMIT, cursor })}`), signal),
}
