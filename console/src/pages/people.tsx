// The people of an organization.

import { useEffect, useState } from 'preact/hooks'
import { type User, users } from '../native'
import { go, href } from '../router'
import { may } from '../session'
import { counted, day } from '../ui/format'
import { Grid } from '../ui/grid'
import { usePages } from '../ui/load'
import { Check, Choice, Empty, Field, FormDialog, Loading, Page, Problem } from '../ui/parts'

/** What a role is called. */
export const ROLES: [User['role'], string][] = [
  ['member', 'Member'],
  ['admin', 'Admin'],
  ['billing_manager', 'Billing manager'],
]

/** What a person is called: by name, else by e-mail, else by login. */
export function called(user: User): string {
  return [user.first_name, user.last_name].filter(Boolean).join(' ') || user.email || user.login
}

/** What is searched for stays while one looks at a person and comes back. */
const searches = new Map<string, string>()

export function People({ organization }: { organization: string }) {
  const [text, setText] = useState(searches.get(organization) ?? '')
  const [search, setSearch] = useState(text)
  const [isAdding, setAdding] = useState(false)
  useEffect(() => {
    searches.set(organization, text)
    const timer = setTimeout(() => setSearch(text), 200)
    return () => clearTimeout(timer)
  }, [text])
  const pages = usePages((cursor, signal) => users.list(organization, search, cursor, signal), [organization, search])
  const found = pages.items.length
  return (
    <Page
      title="People"
      actions={
        may('users:write') && (
          <>
            <a class="button" href={href(`/organizations/${organization}/invite`)}>
              Invite many
            </a>
            <button type="button" class="primary" onClick={() => setAdding(true)}>
              Add a person
            </button>
          </>
        )
      }
    >
      <div class="toolbar">
        <Field label="Search" type="search" placeholder="E-mail, login or name" value={text} onValue={setText} />
        <p class="note" role="status">
          {pages.isLoading && found === 0
            ? ''
            : pages.hasMore
              ? `${counted(found, 'person', 'people')} so far`
              : counted(found, 'person', 'people')}
        </p>
      </div>
      <Problem error={pages.error} again={pages.reload} />
      {found > 0 ? (
        <Grid
          key={search}
          label="People"
          rows={pages.items}
          rowKey={(row) => row.id}
          hasMore={pages.hasMore && !pages.error}
          more={pages.more}
          open={(row) => go(`/organizations/${organization}/people/${row.id}`)}
          columns={[
            {
              title: 'Name',
              width: 'minmax(0, 1.2fr)',
              cell: (row) => (
                <a class="row-link" tabIndex={-1} href={href(`/organizations/${organization}/people/${row.id}`)}>
                  {called(row)}
                </a>
              ),
            },
            { title: 'E-mail', width: 'minmax(0, 1.5fr)', isExtra: true, cell: (row) => row.email ?? '–' },
            {
              title: 'Role',
              width: '8.5rem',
              isExtra: true,
              cell: (row) => ROLES.find(([role]) => role === row.role)?.[1],
            },
            {
              title: 'Seat',
              width: '9.5rem',
              cell: (row) =>
                row.seated_at ? (
                  <span class="pill good">since {day(row.seated_at)}</span>
                ) : (
                  <span class="faint">none</span>
                ),
            },
          ]}
        />
      ) : pages.isLoading ? (
        <Loading what="people" />
      ) : (
        !pages.error && (
          <Empty title={search ? `Nobody has “${search}” in e-mail, login or name.` : 'There is nobody yet.'}>
            {!search && <a href={href(`/organizations/${organization}/invite`)}>Invite the first</a>}
          </Empty>
        )
      )}
      {isAdding && <AddPerson organization={organization} onClose={() => setAdding(false)} />}
    </Page>
  )
}

function AddPerson({ organization, onClose }: { organization: string; onClose: () => void }) {
  const [email, setEmail] = useState('')
  const [first, setFirst] = useState('')
  const [last, setLast] = useState('')
  const [role, setRole] = useState('member')
  const [seat, setSeat] = useState(false)
  const add = async (): Promise<void> => {
    const body = { email, first_name: first || null, last_name: last || null, role, seat }
    const user = await users.create(organization, body)
    go(`/organizations/${organization}/people/${user.id}`)
  }
  return (
    <FormDialog title="Add a person" verb="Add" onClose={onClose} act={add}>
      {(of) => (
        <>
          <Field label="E-mail" value={email} onValue={setEmail} problem={of('email')} />
          <div class="pair">
            <Field label="First name" value={first} onValue={setFirst} problem={of('first_name')} />
            <Field label="Last name" value={last} onValue={setLast} problem={of('last_name')} />
          </div>
          <Choice label="Role" value={role} onValue={setRole} options={ROLES} problem={of('role')} />
          <Check label="With a seat" checked={seat} onValue={setSeat} />
        </>
      )}
    </FormDialog>
  )
}
