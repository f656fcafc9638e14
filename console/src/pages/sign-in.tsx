// Signing in: where no session is, whatever the address. The address stays, and so one is back where one was.

import { useEffect, useRef, useState } from 'preact/hooks'
import { hasEnded, signIn, signInByPassword } from '../session'
import { Field, Problem, useAction } from '../ui/parts'

type How = 'key' | 'password'

export function SignIn() {
  const [how, setHow] = useState<How>('key')
  const [key, setKey] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const action = useAction()
  const form = useRef<HTMLFormElement>(null)
  useEffect(() => {
    document.title = 'Sign in · Tessera'
  }, [])
  useEffect(() => form.current?.querySelector<HTMLInputElement>('.field input')?.focus(), [how])
  const enter = (event: SubmitEvent): void => {
    event.preventDefault()
    action.run(() => (how === 'key' ? signIn(key.trim()) : signInByPassword(email.trim(), password)))
  }
  return (
    <main class="sign-in">
      <form class="card" ref={form} onSubmit={enter}>
        <svg class="mark" viewBox="0 0 16 16" aria-hidden="true">
          <path class="tile-a" d="M1 1h6v6H1z" />
          <path class="tile-b" d="M9 1h6v6H9zM1 9h6v6H1z" />
          <path class="tile-c" d="M9 9h6v6H9z" />
        </svg>
        <h1>Sign in to Tessera</h1>
        {hasEnded.value && (
          <p class="ended" role="alert">
            Your session has ended. Sign in again, and you are back where you were.
          </p>
        )}
        <fieldset class="segments">
          <legend class="unseen">Sign in by</legend>
          {(['key', 'password'] as const).map((value) => (
            <label>
              <input type="radio" name="how" checked={how === value} onChange={() => setHow(value)} />
              <span>{value === 'key' ? 'Key' : 'E-mail and password'}</span>
            </label>
          ))}
        </fieldset>
        {how === 'key' ? (
          <Field
            label="Key"
            type="password"
            required
            value={key}
            onValue={setKey}
            hint="An organization’s key, or the root key of the deployment: tsr_…"
          />
        ) : (
          <>
            <Field label="E-mail" type="email" autocomplete="username" required value={email} onValue={setEmail} />
            <Field
              label="Password"
              type="password"
              autocomplete="current-password"
              required
              value={password}
              onValue={setPassword}
              hint="Of an organization’s admin. Such a session lasts a quarter of an hour."
            />
          </>
        )}
        <Problem error={action.error} />
        <button type="submit" class="primary" disabled={action.isBusy}>
          Sign in
        </button>
      </form>
    </main>
  )
}
