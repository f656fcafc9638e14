// The frame of every page, and which page a path is.

import { useEffect } from 'preact/hooks'
import type { JSX } from 'preact'
import { isReachable } from './http'
import { go, href, match, path } from './router'
import { session, signOut } from './session'
import { choose, theme } from './theme'
import { Announcer, Empty, Page } from './ui/parts'
import { Invite } from './pages/invite'
import { Keys } from './pages/keys'
import { Organizations } from './pages/organizations'
import { Outbox } from './pages/outbox'
import { Overview } from './pages/overview'
import { People } from './pages/people'
import { PersonPage } from './pages/person'
import { SignIn } from './pages/sign-in'

const PAGES: [pattern: string, page: (parameters: Record<string, string>) => JSX.Element][] = [
  ['/organizations', () => <Organizations />],
  ['/organizations/:id', ({ id = '' }) => <Overview key={id} organization={id} />],
  ['/organizations/:id/people', ({ id = '' }) => <People key={id} organization={id} />],
  [
    '/organizations/:id/people/:user',
    ({ id = '', user = '' }) => <PersonPage key={user} organization={id} id={user} />,
  ],
  ['/organizations/:id/invite', ({ id = '' }) => <Invite key={id} organization={id} />],
  ['/organizations/:id/keys', ({ id = '' }) => <Keys key={id} organization={id} />],
  ['/organizations/:id/outbox', ({ id = '' }) => <Outbox key={id} organization={id} />],
]

function page(): JSX.Element {
  for (const [pattern, show] of PAGES) {
    const parameters = match(pattern, path.value)
    if (!parameters) continue
    // some APIs find the organization from the credential, whatever the address says
    const own = session.value?.caller.organization
    if (own && parameters.id && parameters.id !== own.id) return <Foreign />
    return show(parameters)
  }
  return (
    <Page title="Nothing is here">
      <Empty title="No page of the console has this address.">
        <a href={href('/')}>Go to the start</a>
      </Empty>
    </Page>
  )
}

function Foreign() {
  return (
    <Page title="Another organization">
      <Empty title="What you signed in with opens another organization than this.">
        <a href={href('/')}>Go to {session.value?.caller.organization?.name}</a>
      </Empty>
    </Page>
  )
}

/** The organization that the path is about, else the caller's own. */
function organization(): string | undefined {
  return /^\/organizations\/([^/]+)/.exec(path.value)?.[1] ?? session.value?.caller.organization?.id
}

function Link({ to, children, exact = false }: { to: string; children: string; exact?: boolean }) {
  const isHere = exact ? path.value.replace(/\/$/, '') === to : `${path.value}/`.startsWith(`${to}/`)
  return (
    <a href={href(to)} aria-current={isHere ? 'page' : undefined}>
      {children}
    </a>
  )
}

function Shell({ children }: { children: JSX.Element }) {
  const caller = session.value?.caller
  const at = organization()
  const own = caller?.organization
  return (
    <div class="shell">
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <a class="brand" href={href('/')}>
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path class="tile-a" d="M1 1h6v6H1z" />
            <path class="tile-b" d="M9 1h6v6H9zM1 9h6v6H1z" />
            <path class="tile-c" d="M9 9h6v6H9z" />
          </svg>
          Tessera
        </a>
        <nav aria-label="Console">
          {caller?.kind === 'root' && (
            <Link to="/organizations" exact>
              Organizations
            </Link>
          )}
          {at && (
            <>
              <Link to={`/organizations/${at}`} exact>
                Overview
              </Link>
              <Link to={`/organizations/${at}/people`}>People</Link>
              <Link to={`/organizations/${at}/invite`}>Invite</Link>
              <Link to={`/organizations/${at}/keys`}>Keys</Link>
              <Link to={`/organizations/${at}/outbox`}>Outbox</Link>
            </>
          )}
        </nav>
        <div class="who">
          <span class="whose">
            {own && <strong>{own.name}</strong>}
            <span>
              {caller?.kind === 'root' ? 'root key' : caller?.kind === 'key' ? `key ${caller.name}` : caller?.name}
            </span>
          </span>
          <select
            aria-label="Colours"
            value={theme.value}
            onChange={(event) => choose(event.currentTarget.value as typeof theme.value)}
          >
            <option value="system">System</option>
            <option value="light">Light</option>
            <option value="dark">Dark</option>
          </select>
          <button type="button" onClick={signOut}>
            Sign out
          </button>
        </div>
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
    </div>
  )
}

export function App() {
  const caller = session.value?.caller
  useEffect(() => {
    if (!caller || path.value !== '/') return
    go(caller.organization ? `/organizations/${caller.organization.id}` : '/organizations', { replace: true })
  }, [caller, path.value])
  return (
    <>
      {!isReachable.value && (
        <p class="offline" role="alert">
          The server cannot be reached. What is shown may be out of date.
        </p>
      )}
      {caller ? <Shell>{path.value === '/' ? <></> : page()}</Shell> : <SignIn />}
      <Announcer />
    </>
  )
}
