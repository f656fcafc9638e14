// Every organization of the deployment, for whoever has its root key.

import { useState } from 'preact/hooks'
import { type Organization, organizations } from '../native'
import { go, href } from '../router'
import { count, day } from '../ui/format'
import { Grid } from '../ui/grid'
import { usePages } from '../ui/load'
import { Empty, Field, FormDialog, Loading, Page, Problem, Secret } from '../ui/parts'

export function Organizations() {
  const pages = usePages(organizations.list, [])
  const [isMaking, setMaking] = useState(false)
  const [made, setMade] = useState<Organization & { api_key: string }>()
  return (
    <Page
      title="Organizations"
      actions={
        <button type="button" class="primary" onClick={() => setMaking(true)}>
          New organization
        </button>
      }
    >
      <Problem error={pages.error} again={pages.reload} />
      {pages.items.length > 0 ? (
        <Grid
          label="Organizations"
          rows={pages.items}
          rowKey={(row) => row.id}
          hasMore={pages.hasMore}
          more={pages.more}
          open={(row) => go(`/organizations/${row.id}`)}
          columns={[
            {
              title: 'Name',
              width: 'minmax(0, 2fr)',
              cell: (row) => (
                <a class="row-link" tabIndex={-1} href={href(`/organizations/${row.id}`)}>
                  {row.name}
                </a>
              ),
            },
            { title: 'Slug', width: 'minmax(0, 1fr)', isExtra: true, cell: (row) => <code>{row.slug}</code> },
            {
              title: 'Seats',
              width: '9rem',
              cell: (row) => `${count(row.seats.used)} of ${count(row.seats.total)}`,
            },
            { title: 'Since', width: '8rem', isExtra: true, cell: (row) => day(row.created_at) },
          ]}
        />
      ) : pages.isLoading ? (
        <Loading what="organizations" />
      ) : (
        !pages.error && <Empty title="There is no organization yet." />
      )}
      {isMaking && (
        <NewOrganization
          onClose={() => setMaking(false)}
          onMade={(organization) => {
            setMaking(false)
            setMade(organization)
            pages.reload()
          }}
        />
      )}
      {made && (
        <Secret
          title={`The key of ${made.name}`}
          secret={made.api_key}
          onClose={() => go(`/organizations/${made.id}`)}
        />
      )}
    </Page>
  )
}

function NewOrganization(props: { onClose: () => void; onMade: (made: Organization & { api_key: string }) => void }) {
  const [name, setName] = useState('')
  const [seats, setSeats] = useState('')
  const [email, setEmail] = useState('')
  const [password, setPassword] = useState('')
  const make = async (): Promise<void> =>
    props.onMade(
      await organizations.create({
        name,
        ...(seats ? { seats: Number(seats) } : {}),
        ...(email || password ? { admin: { email, password } } : {}),
      }),
    )
  return (
    <FormDialog title="New organization" verb="Make it" onClose={props.onClose} act={make}>
      {(of) => (
        <>
          <Field label="Name" value={name} onValue={setName} problem={of('name')} />
          <Field
            label="Seats"
            inputMode="numeric"
            value={seats}
            onValue={setSeats}
            problem={of('seats')}
            hint="None unless given"
          />
          <Field
            label="Admin’s e-mail"
            value={email}
            onValue={setEmail}
            problem={of('admin/email')}
            hint="May be left out"
          />
          <Field
            label="Admin’s password"
            type="password"
            autocomplete="new-password"
            value={password}
            onValue={setPassword}
            problem={of('admin/password')}
          />
        </>
      )}
    </FormDialog>
  )
}
