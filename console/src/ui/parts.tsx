// The parts that pages are made of.

import { signal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import { Ended, Refusal } from '../http'
import { href } from '../router'

/** What a screen reader is told next. */
const announcement = signal('')

/** Tells a screen reader what has just happened elsewhere on the page. */
export function announce(text: string): void {
  announcement.value = ''
  setTimeout(() => {
    announcement.value = text
  }, 50)
}

export function Announcer() {
  return (
    <div class="unseen" role="status">
      {announcement}
    </div>
  )
}

interface PageProps {
  title: string
  /** What stands beside the title. */
  actions?: ComponentChildren
  /** Where one comes from: text and path. */
  back?: [string, string]
  children?: ComponentChildren
}

/** A page: its title, which has the focus when one comes here, and all below it. */
export function Page({ title, actions, back, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${title} · Tessera`
  }, [title])
  useEffect(() => {
    heading.current?.focus({ preventScroll: true })
    scrollTo(0, 0)
  }, [])
  return (
    <>
      <header class="page-head">
        <div>
          {back && (
            <a class="back" href={href(back[1])}>
              ← {back[0]}
            </a>
          )}
          <h1 tabIndex={-1} ref={heading}>
            {title}
          </h1>
        </div>
        {actions && <div class="actions">{actions}</div>}
      </header>
      {children}
    </>
  )
}

export function Section(props: {
  title: string
  note?: ComponentChildren
  actions?: ComponentChildren
  children?: ComponentChildren
}) {
  const id = useId()
  return (
    <section class="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{props.title}</h2>
        {props.actions && <div class="actions">{props.actions}</div>}
      </header>
      {props.note && <p class="note">{props.note}</p>}
      {props.children}
    </section>
  )
}

/** What went wrong, in the words of whoever refused. A session that has ended is told by the page to sign in. */
export function Problem({ error, again }: { error: Error | undefined; again?: () => void }) {
  if (!error || error instanceof Ended) return null
  const faults = error instanceof Refusal ? error.faults : []
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{error.message}</strong>
        {error instanceof Refusal && <span class="status">{error.status}</span>}
      </p>
      {faults.length > 0 && (
        <ul>
          {faults.map((fault) => (
            <li>
              {fault.member && <code>{fault.member}</code>} {fault.message}
            </li>
          ))}
        </ul>
      )}
      {again && (
        <button type="button" onClick={again}>
          Try again
        </button>
      )}
    </div>
  )
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  )
}

export function Loading({ what }: { what: string }) {
  return (
    <p class="loading" role="status">
      Loading {what}…
    </p>
  )
}

interface FieldProps {
  label: string
  type?: 'text' | 'email' | 'password' | 'search' | 'date'
  autocomplete?: 'off' | 'username' | 'current-password' | 'new-password'
  inputMode?: 'text' | 'numeric'
  placeholder?: string
  required?: boolean
  value: string
  onValue: (value: string) => void
  /** What the API says is wrong with it. */
  problem?: string | undefined
  hint?: string
}

/** A text field with its label, and what is wrong with it right below. */
export function Field({ label, value, onValue, problem, hint, type = 'text', ...input }: FieldProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        autocomplete="off"
        spellcheck={false}
        // the types tell inputs apart by their type, which is not known here
        {...({ ...input, type } as JSX.IntrinsicElements['input'])}
        id={id}
        value={value}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem || hint ? `${id}-more` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {(problem || hint) && (
        <p id={`${id}-more`} class={problem ? 'fault' : 'hint'}>
          {problem ?? hint}
        </p>
      )}
    </div>
  )
}

interface ChoiceProps {
  label: string
  value: string
  onValue: (value: string) => void
  options: [value: string, text: string][]
  disabled?: boolean
  problem?: string | undefined
  hint?: string
}

/** A choice of several. */
export function Choice({ label, value, onValue, options, disabled, problem, hint }: ChoiceProps) {
  const id = useId()
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        value={value}
        disabled={disabled ?? false}
        aria-describedby={problem || hint ? `${id}-more` : undefined}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map(([value, text]) => (
          <option value={value}>{text}</option>
        ))}
      </select>
      {(problem || hint) && (
        <p id={`${id}-more`} class={problem ? 'fault' : 'hint'}>
          {problem ?? hint}
        </p>
      )}
    </div>
  )
}

export function Check(props: {
  label: string
  checked: boolean
  disabled?: boolean
  onValue: (checked: boolean) => void
}) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={props.checked}
        disabled={props.disabled ?? false}
        onChange={(event) => props.onValue(event.currentTarget.checked)}
      />
      <span>{props.label}</span>
    </label>
  )
}

/** What an action under way has come to: for a button that works, and what is told when it fails. */
export function useAction(): {
  isBusy: boolean
  error: Error | undefined
  run: (action: () => Promise<void>) => void
  clear: () => void
} {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<Error>()
  const run = (action: () => Promise<void>): void => {
    setBusy(true)
    setError(undefined)
    action()
      .catch((error: Error) => setError(error))
      .finally(() => setBusy(false))
  }
  return { isBusy, error, run, clear: () => setError(undefined) }
}

/**
 * What a form has: what is known, but where somebody has typed something else. Fields that nobody touched follow what is
 * known when it is read again, and so do those that were saved.
 */
export function useDraft<T extends Record<string, string>>(
  source: object,
  known: T,
): {
  values: T
  /** The members that would be changed. */
  changed: (keyof T)[]
  set: (name: keyof T) => (value: string) => void
  /** Notes that what the form has was saved; what is known of it comes later. */
  saved: () => void
} {
  const [typed, setTyped] = useState<Partial<T>>({})
  const sent = useRef<Partial<T>>({})
  useEffect(() => {
    const done = sent.current
    sent.current = {}
    setTyped((typed) => {
      const left = Object.entries(typed).filter(([name, value]) => value !== known[name] && value !== done[name])
      return Object.fromEntries(left) as Partial<T>
    })
  }, [source])
  const values = { ...known, ...typed }
  return {
    values,
    changed: Object.keys(known).filter((name) => values[name] !== known[name]),
    set: (name) => (value) => setTyped((typed) => ({ ...typed, [name]: value })),
    saved: () => {
      sent.current = typed
    },
  }
}

/** A dialog over the page; the browser keeps the focus in it, and Escape closes it, but for a strict one. */
export function Dialog(props: { title: string; onClose: () => void; isStrict?: boolean; children: ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    // who opened it has the focus again afterwards, if it is still there
    const before = document.activeElement
    dialog.current?.showModal()
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        if (!props.isStrict) props.onClose()
      }}
      onKeyDown={(event) => {
        if (props.isStrict && event.key === 'Escape') event.preventDefault()
      }}
      // a browser asks once: whoever insists closes the dialog, whatever became of `cancel`
      onClose={() => {
        if (props.isStrict) dialog.current?.showModal()
        else props.onClose()
      }}
    >
      <h2 id={id}>{props.title}</h2>
      {props.children}
    </dialog>
  )
}

interface FormDialogProps {
  title: string
  /** What the button says that sends it. */
  verb: string
  act: () => Promise<void>
  onClose: () => void
  /** The fields; the function tells what is wrong with a member of what was sent. */
  children: (problem: (member: string) => string | undefined) => ComponentChildren
}

/** A form in a dialog. */
export function FormDialog({ title, verb, act, onClose, children }: FormDialogProps) {
  const action = useAction()
  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    action.run(act)
  }
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={submit}>
        {children((member) => (action.error instanceof Refusal ? action.error.of(member) : undefined))}
        <Problem error={action.error} />
        <footer>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" class="primary" disabled={action.isBusy}>
            {verb}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

interface ConfirmProps {
  title: string
  /** What the button says that does it. */
  verb: string
  act: () => Promise<void>
  onClose: () => void
  children: ComponentChildren
}

/** Asks before something that cannot be undone. */
export function Confirm({ title, verb, act, onClose, children }: ConfirmProps) {
  const action = useAction()
  return (
    <Dialog title={title} onClose={onClose}>
      {children}
      <Problem error={action.error} />
      <footer>
        <button type="button" onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="danger" disabled={action.isBusy} onClick={() => action.run(act)}>
          {verb}
        </button>
      </footer>
    </Dialog>
  )
}

/** Puts a text into the clipboard. */
export function Copy({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [isDone, setDone] = useState(false)
  useEffect(() => {
    if (!isDone) return
    const timer = setTimeout(() => setDone(false), 2000)
    return () => clearTimeout(timer)
  }, [isDone])
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
    } catch {
      // the clipboard is of secure origins alone, and 127.0.0.1 by another name is none
      const area = document.createElement('textarea')
      area.value = text
      document.activeElement?.after(area)
      area.select()
      document.execCommand('copy')
      area.remove()
    }
    setDone(true)
    announce('Copied')
  }
  return (
    <button type="button" class="small" onClick={() => void copy()}>
      {isDone ? 'Copied' : label}
    </button>
  )
}

/** A secret that is shown this once. */
export function Secret(props: { title: string; secret: string; onClose: () => void; children?: ComponentChildren }) {
  return (
    // another secret is shown in a dialog of its own
    <Dialog key={props.secret} title={props.title} onClose={props.onClose} isStrict>
      <p>It is shown this once. Whoever has it can use it; keep it where secrets are kept.</p>
      <div class="secret">
        <output>{props.secret}</output>
        <Copy text={props.secret} />
      </div>
      {props.children}
      <footer>
        <button type="button" class="primary" onClick={props.onClose}>
          I have kept it
        </button>
      </footer>
    </Dialog>
  )
}

/** How much of a whole is used. */
export function Meter({ used, total }: { used: number; total: number }) {
  const part = total > 0 ? Math.min(1, used / total) : 0
  return (
    <div
      class={part >= 1 ? 'meter full' : part >= 0.9 ? 'meter high' : 'meter'}
      role="meter"
      aria-label="Seats in use"
      aria-valuemin={0}
      aria-valuemax={total}
      aria-valuenow={used}
      aria-valuetext={`${used} of ${total} seats`}
    >
      <div style={{ width: `${part * 100}%` }} />
    </div>
  )
}
