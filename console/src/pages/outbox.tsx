// The mail of the caller's organization, the newest first.

import { useState } from 'preact/hooks'
import { type Mail, outbox } from '../native'
import { session } from '../session'
import { minute } from '../ui/format'
import { Grid } from '../ui/grid'
import { usePages } from '../ui/load'
import { Copy, Dialog, Empty, Loading, Page, Problem } from '../ui/parts'

export function Outbox({ organization }: { organization: string }) {
  const own = session.value?.caller.organization?.id
  return (
    <Page title="Outbox">
      {own === organization ? (
        <Mails />
      ) : (
        <Empty title="An organization’s mail is told to its own keys and admins alone.">Sign in as one of them.</Empty>
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
        <p class="note">What Tessera mails, the newest first.</p>
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
            { title: 'Subject', width: 'minmax(0, 1fr)', cell: (row) => row.subject },
            { title: 'State', width: '6rem', isExtra: true, cell: (row) => row.state },
            { title: 'Written', width: '12rem', isExtra: true, cell: (row) => minute(row.created_at) },
          ]}
        />
      ) : pages.isLoading ? (
        <Loading what="mail" />
      ) : (
        !pages.error && <Empty title="Nothing has been mailed yet." />
      )}
      {opened && <Letter mail={opened} onClose={() => setOpened(undefined)} />}
    </>
  )
}

function Letter({ mail, onClose }: { mail: Mail; onClose: () => void }) {
  const [isShown, setShown] = useState(false)
  const secret = typeof mail.content.token === 'string' ? mail.content.token : undefined
  const text = secret && !isShown ? mail.text.replaceAll(secret, '•'.repeat(12)) : mail.text
  return (
    <Dialog title={mail.subject} onClose={onClose}>
      <dl class="facts">
        <dt>To</dt>
        <dd>{mail.to}</dd>
        <dt>Written</dt>
        <dd>{minute(mail.created_at)}</dd>
        <dt>State</dt>
        <dd>{mail.last_error ? `${mail.state}: ${mail.last_error}` : mail.state}</dd>
      </dl>
      <pre class="letter" tabIndex={0} aria-label="The letter">
        {text}
      </pre>
      <footer>
        {secret && (
          <>
            <button type="button" onClick={() => setShown(!isShown)}>
              {isShown ? 'Hide the token' : 'Show the token'}
            </button>
            <Copy text={secret} label="Copy the token" />
          </>
        )}
        <button type="button" class="primary" onClick={onClose}>
          Close
        </button>
      </footer>
    </Dialog>
  )
}
