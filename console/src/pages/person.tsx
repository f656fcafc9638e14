// One person: details, seat, tokens, and what vendors know besides: the role binding and the groups.

import { useState } from 'preact/hooks'
import { Refusal } from '../http'
import { seats, type Token, tokens, type User, users } from '../native'
import { go } from '../router'
import { isKey, may } from '../session'
import { ASTRA_ROLES, bindings, groups } from '../vendors'
import { dateOf, day, endOf, isPast, minute } from '../ui/format'
import { useLoad, usePages } from '../ui/load'
import {
  announce,
  Check,
  Choice,
  Confirm,
  Copy,
  Empty,
  Field,
  FormDialog,
  Loading,
  Page,
  Problem,
  Secret,
  Section,
  useAction,
  useDraft,
} from '../ui/parts'
import { called, ROLES } from './people'

export function PersonPage({ organization, id }: { organization: string; id: string }) {
  const {
    data: user,
    error,
    isLoading,
    reload,
  } = useLoad((signal) => users.get(organization, id, signal), [organization, id])
  const [isDeleting, setDeleting] = useState(false)
  return (
    <Page
      title={user ? called(user) : 'Person'}
      back={['People', `/organizations/${organization}/people`]}
      actions={
        user &&
        may('users:write') && (
          <button type="button" class="danger quiet" onClick={() => setDeleting(true)}>
            Delete
          </button>
        )
      }
    >
      <Problem error={error} again={reload} />
      {!user && isLoading && <Loading what="the person" />}
      {user && (
        <div class="columns">
          <div class="stack">
            <Details organization={organization} user={user} onChange={reload} />
            <Tokens organization={organization} user={user} />
          </div>
          <div class="stack">
            <Seat organization={organization} user={user} onChange={reload} />
            <Binding organization={organization} user={user} />
            <Groups user={user} />
          </div>
        </div>
      )}
      {isDeleting && user && (
        <Confirm
          title={`Delete ${called(user)}?`}
          verb="Delete"
          onClose={() => setDeleting(false)}
          act={async () => {
            await users.delete(organization, id)
            announce('Deleted')
            go(`/organizations/${organization}/people`)
          }}
        >
          <p>Seat and tokens go along, in every vendor’s API at once. It cannot be undone.</p>
        </Confirm>
      )}
    </Page>
  )
}

interface Props {
  organization: string
  user: User
  onChange: () => void
}

function Details({ organization, user, onChange }: Props) {
  const { values, changed, set, saved } = useDraft(user, {
    email: user.email ?? '',
    login: user.login,
    first_name: user.first_name ?? '',
    last_name: user.last_name ?? '',
    role: user.role as string,
  })
  const action = useAction()
  const of = (member: string) => (action.error instanceof Refusal ? action.error.of(member) : undefined)
  const sent = (name: keyof typeof values): string | null =>
    name === 'first_name' || name === 'last_name' ? values[name] || null : values[name]
  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    action.run(async () => {
      await users.update(organization, user.id, Object.fromEntries(changed.map((name) => [name, sent(name)])))
      saved()
      announce('Saved')
      onChange()
    })
  }
  return (
    <Section title="Details">
      <form onSubmit={save}>
        <div class="pair">
          <Field label="First name" value={values.first_name} onValue={set('first_name')} problem={of('first_name')} />
          <Field label="Last name" value={values.last_name} onValue={set('last_name')} problem={of('last_name')} />
        </div>
        <div class="pair">
          <Field label="E-mail" value={values.email} onValue={set('email')} problem={of('email')} />
          <Field label="Login" value={values.login} onValue={set('login')} problem={of('login')} />
        </div>
        <Choice label="Role" value={values.role} onValue={set('role')} options={ROLES} problem={of('role')} />
        <Problem error={action.error} />
        <div class="line">
          {may('users:write') && (
            <button type="submit" class="primary" disabled={action.isBusy || changed.length === 0}>
              Save
            </button>
          )}
          <span class="note">
            <code>{user.id}</code> <Copy text={user.id} label="Copy id" />
          </span>
        </div>
      </form>
    </Section>
  )
}

function Seat({ organization, user, onChange }: Props) {
  const action = useAction()
  const change = (verb: 'assign' | 'remove', told: string): void =>
    action.run(async () => {
      await seats[verb](organization, user.id)
      announce(told)
      onChange()
    })
  return (
    <Section title="Seat">
      <p>{user.seated_at ? `Holds a seat since ${minute(user.seated_at)}.` : 'Holds no seat.'}</p>
      <Problem error={action.error} />
      {may('seats:write') &&
        (user.seated_at ? (
          <button type="button" disabled={action.isBusy} onClick={() => change('remove', 'The seat was taken away')}>
            Take the seat away
          </button>
        ) : (
          <button
            type="button"
            class="primary"
            disabled={action.isBusy}
            onClick={() => change('assign', 'A seat was given')}
          >
            Give a seat
          </button>
        ))}
    </Section>
  )
}

function standing(token: Token): [text: string, kind: string] {
  if (token.revoked_at) return [`revoked ${day(token.revoked_at)}`, 'bad']
  if (isPast(token.expires_at)) return ['expired', 'bad']
  return [token.expires_at ? `until ${day(token.expires_at)}` : 'without end', 'good']
}

function Tokens({ organization, user }: Omit<Props, 'onChange'>) {
  const pages = usePages(
    (cursor, signal) => tokens.list(organization, user.id, cursor, signal),
    [organization, user.id],
  )
  const [isIssuing, setIssuing] = useState(false)
  const [told, setTold] = useState<string>()
  const [revoked, setRevoked] = useState<Token>()
  const [extended, setExtended] = useState<Token>()
  const mayWrite = may('tokens:write')
  return (
    <Section
      title="Tokens"
      actions={
        mayWrite && (
          <button type="button" onClick={() => setIssuing(true)}>
            Issue a token
          </button>
        )
      }
    >
      <Problem error={pages.error} again={pages.reload} />
      {pages.items.length > 0 ? (
        <ul class="items">
          {pages.items.map((token) => {
            const [text, kind] = standing(token)
            return (
              <li key={token.id}>
                <div>
                  <strong>{token.name || 'A token without a name'}</strong>
                  <span class={`pill ${kind}`}>{text}</span>
                  <span class="note">issued {minute(token.created_at)}</span>
                </div>
                {mayWrite && !token.revoked_at && (
                  <div class="actions">
                    <button type="button" class="small" onClick={() => setExtended(token)}>
                      Change its end
                    </button>
                    <button type="button" class="small danger quiet" onClick={() => setRevoked(token)}>
                      Revoke
                    </button>
                  </div>
                )}
              </li>
            )
          })}
        </ul>
      ) : pages.isLoading ? (
        <Loading what="tokens" />
      ) : (
        !pages.error && <Empty title="There is no token." />
      )}
      {pages.hasMore && pages.items.length > 0 && (
        <button type="button" onClick={pages.more}>
          More
        </button>
      )}
      {isIssuing && (
        <TokenForm
          title="Issue a token"
          verb="Issue"
          isNamed
          end={null}
          onClose={() => setIssuing(false)}
          act={async (body) => {
            const { token } = await tokens.issue(organization, user.id, body)
            setIssuing(false)
            setTold(token)
            pages.reload()
          }}
        />
      )}
      {extended && (
        <TokenForm
          title="Change the token’s end"
          verb="Change"
          end={extended.expires_at}
          onClose={() => setExtended(undefined)}
          act={async ({ expires_at }) => {
            await tokens.extend(organization, user.id, extended.id, { expires_at })
            setExtended(undefined)
            pages.reload()
          }}
        />
      )}
      {told && <Secret title="The token" secret={told} onClose={() => setTold(undefined)} />}
      {revoked && (
        <Confirm
          title="Revoke the token?"
          verb="Revoke"
          onClose={() => setRevoked(undefined)}
          act={async () => {
            await tokens.revoke(organization, user.id, revoked.id)
            setRevoked(undefined)
            pages.reload()
          }}
        >
          <p>Whoever uses it is refused from now on.</p>
        </Confirm>
      )}
    </Section>
  )
}

interface TokenFormProps {
  title: string
  verb: string
  isNamed?: boolean
  end: string | null
  onClose: () => void
  act: (body: { name?: string; expires_at: string | null; mail?: boolean }) => Promise<void>
}

function TokenForm({ title, verb, isNamed = false, end, onClose, act }: TokenFormProps) {
  const [name, setName] = useState('')
  const [date, setDate] = useState(dateOf(end))
  const [mail, setMail] = useState(false)
  const submit = (): Promise<void> =>
    act({ ...(isNamed ? { ...(name ? { name } : {}), mail } : {}), expires_at: endOf(date) })
  return (
    <FormDialog title={title} verb={verb} onClose={onClose} act={submit}>
      {(of) => (
        <>
          {isNamed && <Field label="Name" value={name} onValue={setName} problem={of('name')} hint="May be left out" />}
          <Field
            label="Last day"
            type="date"
            value={date}
            onValue={setDate}
            problem={of('expires_at')}
            hint="Empty: without end"
          />
          {isNamed && <Check label="Mail it to the person" checked={mail} onValue={setMail} />}
        </>
      )}
    </FormDialog>
  )
}

const TAKES_A_KEY = 'This vendor’s API takes an organization’s key. Sign in with one to see it.'

function Binding({ organization, user }: Omit<Props, 'onChange'>) {
  if (!isKey()) {
    return (
      <Section title="Role binding">
        <Empty title={TAKES_A_KEY} />
      </Section>
    )
  }
  return <KnownBinding organization={organization} user={user} />
}

function KnownBinding({ organization, user }: Omit<Props, 'onChange'>) {
  const { data, error, isLoading, reload } = useLoad(
    (signal) => bindings.list(organization, user.id, signal),
    [organization, user.id, user.role],
  )
  const action = useAction()
  const bound = data?.items[0]
  const choose = (role: string): void =>
    action.run(async () => {
      if (bound) await bindings.update(organization, bound.id, role)
      else await bindings.create(organization, user.id, role)
      announce(`Bound as ${role}`)
      reload()
    })
  return (
    <Section title="Role binding" note="Astra’s: what the person may do in the account.">
      <Problem error={error} again={reload} />
      {!data && isLoading && <Loading what="the binding" />}
      {data && (
        <>
          <Choice
            label="Role in Astra"
            value={bound?.role ?? ''}
            disabled={action.isBusy}
            onValue={(role) => role && choose(role)}
            options={[
              ...(bound ? [] : [['', 'none'] as [string, string]]),
              ...ASTRA_ROLES.map((role): [string, string] => [role, role]),
            ]}
          />
          {bound && !bound.roleConstraints.includes('*') && (
            <p class="note">
              Only for{' '}
              {bound.roleConstraints.length ? bound.roleConstraints.map((text) => <code>{text}</code>) : 'no namespace'}
            </p>
          )}
          <Problem error={action.error} />
        </>
      )}
    </Section>
  )
}

function Groups({ user }: { user: User }) {
  if (!isKey()) {
    return (
      <Section title="Groups">
        <Empty title={TAKES_A_KEY} />
      </Section>
    )
  }
  return <KnownGroups user={user} />
}

function KnownGroups({ user }: { user: User }) {
  const { data, error, isLoading, reload } = useLoad(
    async (signal) => {
      const [known, own] = await Promise.all([groups.list(signal), groups.of(user, signal)])
      return { known, own: own.groups }
    },
    [user.id, user.login],
  )
  const [chosen, setChosen] = useState<string[]>()
  const action = useAction()
  const own = chosen ?? data?.own ?? []
  const wanted = { 'first name': user.first_name, 'last name': user.last_name, 'e-mail': user.email }
  const lacks = Object.entries(wanted).flatMap(([name, value]) => (value ? [] : [name]))
  const set = (id: string, isIn: boolean): void =>
    action.run(async () => {
      const before = own
      setChosen(isIn ? [...before, id] : before.filter((known) => known !== id))
      try {
        setChosen((await groups.set(user, id, isIn)).groups)
      } catch (error) {
        setChosen(before)
        throw error
      }
      announce(isIn ? 'Put into the group' : 'Taken out of the group')
    })
  return (
    <Section title="Groups" note="AppOptima’s: in which groups of the cluster the person is.">
      <Problem error={error} again={reload} />
      {!data && isLoading && <Loading what="groups" />}
      {data?.known.length === 0 && <Empty title="There is no group." />}
      {data && data.known.length > 0 && lacks.length > 0 && (
        <>
          <p>
            {own.length > 0
              ? `In ${data.known.filter(({ id }) => own.includes(id)).map(({ name }) => name).join(', ')}.`
              : 'In no group.'}
          </p>
          <p class="note">
            AppOptima wants a first name, a last name and an e-mail before it changes a user, and there is no{' '}
            {lacks.join(', no ')}. Fill it in under Details on this page, and the groups can be chosen here.
          </p>
        </>
      )}
      {data && lacks.length === 0 && (
        <fieldset class="checks">
          <legend class="unseen">Groups</legend>
          {data.known.map((group) => (
            <Check
              key={group.id}
              label={group.name}
              disabled={action.isBusy}
              checked={own.includes(group.id)}
              onValue={(isIn) => set(group.id, isIn)}
            />
          ))}
        </fieldset>
      )}
      <Problem error={action.error} />
    </Section>
  )
}
