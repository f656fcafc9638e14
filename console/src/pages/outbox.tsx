// The mail that has gone out of the caller's organization, the newest first.

import { useState } from 'preact/hooks'
import { type Mail, outbox } from '../native'
import { session } from '../session'
import { minute } from '../ui/format'
import { Grid } from '../ui/grid'
import { usePages } from '../ui/load'
import { Copy, Dialog, Empty, Loading, Page, Problem } from '../ui/parts'

const SUBJECTS: Record<string, string> = {
  welcome: 'Welcome',
  token: 'A token',
  seat_assigned: 'A seat was given',
  users_onboarded: 'People were onboarded',
}

const subject = (mail: Mail): string => SUBJECTS[mail.template] ?? mail.template

export function Outbox({ organization }: { organization: string }) {
  const own = session.value?.caller.organization?.id
  return (
    <Page title="Outbox">
      {own === organization ? (
        <Mails />
      ) : (
        <Empty title="An organization’s mail is told to its own keys and admins alone. Sign in as one of them to see it." />
      )}
    </Page>
  )
}

function Mails() {
  const pages = usePages(outbox.list, [])
  const [opened, setOpened] = useState<Mail>()
  return (
    <>
      <div class="toolbar">
        <p class="note">What Tessera has mailed, the newest first.</p>
        <button type="button" onClick={pages.reload}>
          Look again
        </button>
      </div>
      <Problem error={pages.error} again={pages.reload} />
      {pages.items.length > 0 ? (
        <Grid
          label="Mail"
          rows={pages.items}
          rowKey={(row) => row.id}
          hasMore={pages.hasMore && !pages.error}
          more={pages.more}
          open={setOpened}
          columns={[
            {
              title: 'To',
              width: 'minmax(0, 2fr)',
              cell: (row) => (
                <button type="button" class="row-link" tabIndex={-1} onClick={() => setOpened(row)}>
                  {row.to}
                </button>
              ),
            },
            { title: 'Subject', width: 'minmax(0, 1fr)', cell: subject },
            { title: 'Sent', width: '12rem', isExtra: true, cell: (row) => minute(row.created_at) },
          ]}
        />
      ) : pages.isLoading ? (
        <Loading what="mail" />
      ) : (
        !pages.error && <Empty title="Nothing has been mailed yet." />
      )}
      {opened && (
        <Dialog title={subject(opened)} onClose={() => setOpened(undefined)}>
          <dl class="facts">
            <dt>To</dt>
            <dd>{opened.to}</dd>
            <dt>Sent</dt>
            <dd>{minute(opened.created_at)}</dd>
            {Object.entries(opened.content).map(([name, value]) => (
              <>
                <dt>{name}</dt>
                <dd>{name === 'token' ? <Hidden text={String(value)} /> : <Value value={value} />}</dd>
              </>
            ))}
          </dl>
          <footer>
            <button type="button" class="primary" onClick={() => setOpened(undefined)}>
              Close
            </button>
          </footer>
        </Dialog>
      )}
    </>
  )
}

function Value({ value }: { value: unknown }) {
  if (!Array.isArray(value)) return <>{typeof value === 'object' ? JSON.stringify(value) : String(value)}</>
  return (
    <ul class="values" tabIndex={0} aria-label="Values">
      {value.map((item) => (
        <li>{String(item)}</li>
      ))}
    </ul>
  )
}

/** A secret that a mail holds, shown when asked for. */
function Hidden({ text }: { text: string }) {
  const [isShown, setShown] = useState(false)
  return (
    <span class="line">
      <code>{isShown ? text : '•'.repeat(12)}</code>
      <button type="button" class="small" onClick={() => setShown(!isShown)}>
        {isShown ? 'Hide' : 'Show'}
      </button>
      <Copy text={text} />
    </span>
  )
}
