// Where one is: the path below `/console`, kept in the browser's history.

import { signal } from '@preact/signals'

const BASE = '/console'

function here(): string {
  return location.pathname.slice(BASE.length) || '/'
}

/** The path below `/console`, as `/organizations/…/people`. */
export const path = signal(here())

addEventListener('popstate', () => {
  path.value = here()
})

/** The address of a path below `/console`, for a link. */
export function href(to: string): string {
  return BASE + to
}

/** Goes to a path below `/console`. */
export function go(to: string, { replace = false } = {}): void {
  if (replace) history.replaceState(null, '', href(to))
  else history.pushState(null, '', href(to))
  path.value = to
}

/** Has every plain click on a link of the console change the path, with no page loaded anew. */
export function followLinks(): void {
  document.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = (event.target as Element).closest('a')
    if (!link || link.target || link.origin !== location.origin || link.hasAttribute('download')) return
    if (link.hash || !(link.pathname === BASE || link.pathname.startsWith(`${BASE}/`))) return
    event.preventDefault()
    go(link.pathname.slice(BASE.length) || '/')
  })
}

/** The parameters of a path that has the form of a pattern (`/organizations/:id`), decoded; nothing if it has not. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/')
  const given = path.replace(/\/$/, '').split('/')
  if (expected.length !== given.length) return undefined
  const parameters: Record<string, string> = {}
  for (const [at, part] of expected.entries()) {
    const text = given[at] ?? ''
    if (part.startsWith(':')) {
      try {
        parameters[part.slice(1)] = decodeURIComponent(text)
      } catch {
        return undefined
      }
    } else if (part !== text) {
      return undefined
    }
  }
  return parameters
}
