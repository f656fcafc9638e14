// Who is signed in. The credential is in this tab's sessionStorage and nowhere else, and is dropped when it opens
// nothing.

import { signal } from '@preact/signals'
import { type Answer, type Call, Ended, exchange, exchangeForm, refusal } from './http'

/** Whose credential it is, as `GET /v1/caller` tells. */
export interface Caller {
  kind: 'root' | 'key' | 'admin'
  id: string | null
  name: string | null
  scopes: string[]
  organization: { id: string; number: number; slug: string; name: string } | null
}

interface Session {
  secret: string
  caller: Caller
}

const STORE = 'tessera.session'

function restore(): Session | null {
  try {
    return JSON.parse(sessionStorage.getItem(STORE) ?? 'null') as Session | null
  } catch {
    return null
  }
}

/** The session; none before one has signed in. */
export const session = signal<Session | null>(restore())

/** Whether a session has ended by itself, and not by signing out. */
export const hasEnded = signal(false)

function keep(next: Session | null): void {
  if (next) sessionStorage.setItem(STORE, JSON.stringify(next))
  else sessionStorage.removeItem(STORE)
  session.value = next
}

const CALLER: Call = { method: 'GET', path: '/v1/caller', scheme: 'Bearer' }

/** Signs in by a key, or by an access token. */
export async function signIn(secret: string): Promise<void> {
  const answer = await exchange(CALLER, secret)
  if (answer.status !== 200) throw refusal(answer)
  keep({ secret, caller: answer.json as Caller })
  hasEnded.value = false
}

/** Signs in an organization's admin, by Anaconda's password grant. */
export async function signInByPassword(username: string, password: string): Promise<void> {
  const answer = await exchangeForm('/api/auth/oauth2/token', { grant_type: 'password', username, password })
  if (answer.status !== 200) throw refusal(answer)
  await signIn((answer.json as { access_token: string }).access_token)
}

const farewells: (() => void)[] = []

/** Has something done whenever somebody signs out. */
export function atSignOut(act: () => void): void {
  farewells.push(act)
}

/** Signs out. */
export function signOut(): void {
  for (const act of farewells) act()
  hasEnded.value = false
  keep(null)
}

/** Goes on with another secret of the same key, once the key was rotated. */
export function replaceSecret(secret: string): void {
  if (session.value) keep({ ...session.value, secret })
}

/** Goes on with what the caller's organization is called now, if it is the caller's. */
export function renamed({ id, name }: { id: string; name: string }): void {
  const now = session.value
  const own = now?.caller.organization
  if (now && own?.id === id) keep({ ...now, caller: { ...now.caller, organization: { ...own, name } } })
}

/**
 * Sends a call as the caller, or with the secret of who was the caller when something began. Answers with whatever comes
 * but 401, which ends the session.
 */
export async function ask(call: Call, signal?: AbortSignal, secret = session.value?.secret): Promise<Answer> {
  if (!secret) throw new Ended()
  const answer = await exchange(call, secret, signal)
  if (answer.status === 401) {
    // a call that was on its way while another was signing in again ends nothing
    if (session.value?.secret === secret) {
      hasEnded.value = true
      keep(null)
    }
    throw new Ended()
  }
  return answer
}

/** Sends a call as the caller. Fails as {@link Refusal} for every status that is no success. */
export async function send<T>(call: Call, signal?: AbortSignal): Promise<T> {
  const answer = await ask(call, signal)
  if (answer.status < 200 || answer.status > 299) throw refusal(answer)
  return answer.json as T
}

/** Whether the caller has a scope. */
export function may(scope: string): boolean {
  const scopes = session.value?.caller.scopes ?? []
  return scopes.includes('*') || scopes.includes(scope)
}

/** Whether the caller is a key of an organization: vendors know no other callers that may do everything here. */
export function isKey(): boolean {
  return session.value?.caller.kind === 'key'
}
