// The organization's keys: made once, shown once, rotated, revoked.

import { useState } from 'preact/hooks'
import { type Key, keys, SCOPES } from '../native'
import { may, replaceSecret, session } from '../session'
import { day, endOf, isPast, minute } from '../ui/format'
import { usePages } from '../ui/load'
import { Check, Choice, Confirm, Empty, Field, FormDialog, Loading, Page, Problem, Secret } from '../ui/parts'

function standing(key: Key): [text: string, kind: string] {
  if (key.revoked_at) return [`revoked ${day(key.revoked_at)}`, 'bad']
  if (isPast(key.expires_at)) return ['expired', 'bad']
  return [key.expires_at ? `until ${day(key.expires_at)}` : 'good', 'good']
}

export function Keys({ organization }: { organization: string }) {
  const pages = usePages((cursor, signal) => keys.list(organization, cursor, signal), [organization])
  const [isMaking, setMaking] = useState(false)
  const [rotated, setRotated] = useState<Key>()
  const [revoked, setRevoked] = useState<Key>()
  const [told, setTold] = useState<{ name: string; secret: string }>()
  const own = session.value?.caller.kind === 'key' ? session.value.caller.id : null
  const mayWrite = may('keys:write')
  return (
    <Page
      title="Keys"
      actions={
        mayWrite && (
          <button type="button" class="primary" onClick={() => setMaking(true)}>
            Make a key
          </button>
        )
      }
    >
      <p class="note">A key opens every vendor’s API in that vendor’s own form, as far as its scopes go.</p>
      <Problem error={pages.error} again={pages.reload} />
      {pages.items.length > 0 ? (
        <ul class="items card">
          {pages.items.map((key) => {
            const [text, kind] = standing(key)
            return (
              <li key={key.id}>
                <div>
                  <strong>{key.name}</strong>
                  <span class={`pill ${kind}`}>{text}</span>
                  {key.kind !== 'standard' && <span class="pill">{key.kind.replace('_', ' ')}</span>}
                  {key.id === own && <span class="pill">signed in with</span>}
                  <span class="note">
                    made {day(key.created_at)},{' '}
                    {key.last_used_at ? `last used ${minute(key.last_used_at)}` : 'never used'}
                    {key.previous_secret_until &&
                      !isPast(key.previous_secret_until) &&
                      `; the secret before is good until ${minute(key.previous_secret_until)}`}
                  </span>
                  <span class="scopes">
                    {key.scopes.map((scope) => (
                      <code>{scope === '*' ? 'everything' : scope}</code>
                    ))}
                  </span>
                </div>
                {mayWrite && !key.revoked_at && (
                  <div class="actions">
                    <button
                      type="button"
                      class="small"
                      aria-label={`Rotate ${key.name}`}
                      onClick={() => setRotated(key)}
                    >
                      Rotate
                    </button>
                    <button
                      type="button"
                      class="small danger quiet"
                      aria-label={`Revoke ${key.name}`}
                      onClick={() => setRevoked(key)}
                    >
                      Revoke
                    </button>
                  </div>
                )}
              </li>
            )
          })}
        </ul>
      ) : pages.isLoading ? (
        <Loading what="keys" />
      ) : (
        !pages.error && <Empty title="There is no key." />
      )}
      {pages.hasMore && pages.items.length > 0 && (
        <button type="button" onClick={pages.more}>
          More
        </button>
      )}
      {isMaking && (
        <NewKey
          organization={organization}
          onClose={() => setMaking(false)}
          onMade={(key) => {
            setMaking(false)
            setTold(key)
            pages.reload()
          }}
        />
      )}
      {rotated && (
        <Rotate
          organization={organization}
          rotated={rotated}
          onClose={() => setRotated(undefined)}
          onDone={(key) => {
            if (key.id === own) replaceSecret(key.secret)
            setRotated(undefined)
            setTold(key)
            pages.reload()
          }}
        />
      )}
      {told && <Secret title={`The secret of ${told.name}`} secret={told.secret} onClose={() => setTold(undefined)} />}
      {revoked && (
        <Confirm
          title={`Revoke ${revoked.name}?`}
          verb="Revoke"
          onClose={() => setRevoked(undefined)}
          act={async () => {
            await keys.revoke(organization, revoked.id)
            setRevoked(undefined)
            pages.reload()
          }}
        >
          <p>
            Whoever uses it is refused from now on, in every vendor’s API.
            {revoked.id === own && ' It is the key that you are signed in with: your session ends with it.'}
          </p>
        </Confirm>
      )}
    </Page>
  )
}

interface NewKeyProps {
  organization: string
  onClose: () => void
  onMade: (key: { name: string; secret: string }) => void
}

function NewKey({ organization, onClose, onMade }: NewKeyProps) {
  const [name, setName] = useState('')
  const [scopes, setScopes] = useState<string[]>([])
  const [date, setDate] = useState('')
  const make = async (): Promise<void> =>
    onMade(await keys.create(organization, { name, scopes, expires_at: endOf(date) }))
  return (
    <FormDialog title="Make a key" verb="Make it" onClose={onClose} act={make}>
      {(of) => (
        <>
          <Field label="Name" value={name} onValue={setName} problem={of('name')} />
          <fieldset class="checks two">
            <legend>Scopes</legend>
            {SCOPES.map((scope) => (
              <Check
                key={scope}
                label={scope === '*' ? 'everything (*)' : scope}
                checked={scopes.includes(scope)}
                onValue={(has) => setScopes(has ? [...scopes, scope] : scopes.filter((known) => known !== scope))}
              />
            ))}
          </fieldset>
          <Field
            label="Last day"
            type="date"
            value={date}
            onValue={setDate}
            problem={of('expires_at')}
            hint="Empty: without end"
          />
        </>
      )}
    </FormDialog>
  )
}

const GRACE: [string, string][] = [
  ['0', 'ends at once'],
  ['3600', 'is good for another hour'],
  ['86400', 'is good for another day'],
  ['604800', 'is good for another week'],
]

interface RotateProps {
  organization: string
  rotated: Key
  onClose: () => void
  onDone: (key: Key & { secret: string }) => void
}

function Rotate({ organization, rotated, onClose, onDone }: RotateProps) {
  const [grace, setGrace] = useState('3600')
  const rotate = async (): Promise<void> =>
    onDone(await keys.rotate(organization, rotated.id, { grace_seconds: Number(grace) }))
  return (
    <FormDialog title={`Rotate ${rotated.name}`} verb="Rotate" onClose={onClose} act={rotate}>
      {() => (
        <>
          <p>The key gets another secret, which is shown once.</p>
          <Choice label="The secret of now" value={grace} onValue={setGrace} options={GRACE} />
        </>
      )}
    </FormDialog>
  )
}
