// Inviting many: a file of people, judged line by line as it is written, and the calls that will be made.

import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import { curl } from '../curl'
import { type Line, unified } from '../csv'
import {
  chosen,
  complaint,
  isJudged,
  isRunning,
  judge,
  known,
  lines,
  parts,
  progress,
  ready,
  result,
  run,
  stop,
  stopped,
  text,
  waiting,
  wayId,
} from '../invitation'
import { organizations } from '../native'
import { isKey } from '../session'
import { load } from '../validate'
import { type Person, type Way, WAYS } from '../vendors'
import { count, counted } from '../ui/format'
import { Grid } from '../ui/grid'
import { useLoad } from '../ui/load'
import { announce, Choice, Copy, Empty, Page, Problem, Section } from '../ui/parts'

const EXAMPLE = 'email,first_name,last_name\nada@example.com,Ada,Adder'

export function Invite({ organization }: { organization: string }) {
  const ways = WAYS.filter((way) => isKey() || !way.needsKey)
  useEffect(() => {
    if (!ways.some(({ id }) => id === wayId.value)) wayId.value = ways[0]?.id ?? ''
  }, [])
  const rules = useLoad(load, [])
  const seats = useLoad((signal) => organizations.get(organization, signal), [organization])
  const way = chosen()
  const written = lines.value
  const round = known.value

  const areRulesThere = !rules.isLoading && !rules.error
  useEffect(() => {
    if (!areRulesThere) return
    const abort = new AbortController()
    void judge(organization, way, written, abort.signal)
    return () => abort.abort()
  }, [organization, way, written, areRulesThere])

  const people = useMemo(
    () => ready(organization, way, written).map(({ person }) => person),
    [organization, way, written, round],
  )
  const bad = useMemo(
    () => written.filter((line) => complaint(organization, way, line)),
    [organization, way, written, round],
  )
  const done = useMemo(
    () => written.filter(({ person }) => result(organization, way, person)?.state === 'done').length,
    [organization, way, written, round],
  )
  const isReady = isJudged(organization, way, written)
  const free = seats.data ? Math.max(0, seats.data.seats.total - seats.data.seats.used) : undefined
  const send = (): void => {
    void run(organization, way, people).finally(() => {
      seats.reload()
      announce('The invitation has ended')
    })
  }
  return (
    <Page title="Invite many">
      <div class="columns invite">
        <Section title="People">
          <Choice
            label="By"
            value={way.id}
            disabled={isRunning.value}
            onValue={(id) => {
              wayId.value = id
            }}
            options={ways.map(({ id, name }) => [id, name])}
            hint={way.note}
          />
          <Editor way={way} />
        </Section>
        <Calls organization={organization} way={way} people={parts(way, people)} />
      </div>
      <Problem error={rules.error} again={rules.reload} />
      <section class="card" aria-label="Lines">
        <div class="toolbar">
          <p role="status" class="summary">
            {written.length === 0
              ? 'No line yet.'
              : [
                  `${counted(people.length, 'person', 'people')} to invite`,
                  bad.length > 0 && `${counted(bad.length, 'line')} with a problem, left out`,
                  done > 0 && `${counted(done, 'person', 'people')} invited`,
                ]
                  .filter(Boolean)
                  .join(', ')}
          </p>
          {isRunning.value ? (
            <button type="button" onClick={stop}>
              Stop
            </button>
          ) : (
            <button type="button" class="primary" disabled={people.length === 0 || !isReady} onClick={send}>
              Invite {counted(people.length, 'person', 'people')}
            </button>
          )}
        </div>
        {isRunning.value && (
          <progress aria-label="Progress" value={progress.value.done} max={progress.value.total}>
            {progress.value.done} of {progress.value.total}
          </progress>
        )}
        {waiting.value > 0 && (
          <p class="warning" role="status">
            The API takes no more for now. What waits is sent again by itself.
          </p>
        )}
        {way.takesSeats && free !== undefined && people.length > free && (
          <p class="warning" role="status">
            {freeSeats(free)}, and each of{' '}
            {counted(people.length, 'person', 'people')} takes one.
          </p>
        )}
        <Problem error={stopped.value} />
        {written.length > 0 ? (
          <Lines organization={organization} way={way} lines={written} />
        ) : (
          <Empty title="Paste lines above, or drop a CSV file there.">
            <pre>{EXAMPLE}</pre>
          </Empty>
        )}
      </section>
    </Page>
  )
}

function freeSeats(free: number): string {
  if (free === 0) return 'No seat is free'
  return free === 1 ? '1 seat is free' : `${count(free)} seats are free`
}

const AREA = 'people'

function Editor({ way }: { way: Way }) {
  const [isOver, setOver] = useState(false)
  const file = useRef<HTMLInputElement>(null)
  const take = async (files: FileList | null | undefined): Promise<void> => {
    const [file] = files ?? []
    // a text field would have the lines ended alike, and a line is found by that
    if (file) text.value = unified(await file.text())
  }
  return (
    <div
      class={isOver ? 'editor over' : 'editor'}
      onDragOver={(event) => {
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault()
        setOver(false)
        if (!isRunning.value) void take(event.dataTransfer?.files)
      }}
    >
      <div class="line">
        <label for={AREA}>CSV</label>
        <button type="button" class="small" disabled={isRunning.value} onClick={() => file.current?.click()}>
          Open a file
        </button>
        <input
          ref={file}
          class="unseen"
          type="file"
          accept=".csv,text/csv,text/plain"
          tabIndex={-1}
          aria-label="CSV file"
          onChange={(event) => {
            void take(event.currentTarget.files)
            // the same file, once corrected, is to be a change again
            event.currentTarget.value = ''
          }}
        />
      </div>
      <textarea
        id={AREA}
        rows={9}
        spellcheck={false}
        autocomplete="off"
        placeholder={EXAMPLE}
        readOnly={isRunning.value}
        value={text.value}
        aria-describedby="columns"
        onInput={(event) => {
          text.value = event.currentTarget.value
        }}
      />
      <p class="hint" id="columns">
        {way.columns.length === 1 ? 'Takes the column' : 'Takes the columns'} {way.columns.join(', ')}; the first line
        may name them.
      </p>
    </div>
  )
}

/** Puts the cursor into a line of what was written. */
function goTo(number: number): void {
  const area = document.getElementById(AREA) as HTMLTextAreaElement | null
  if (!area) return
  const before = text.value.split('\n').slice(0, number - 1)
  const start = before.reduce((length, line) => length + line.length + 1, 0)
  const end = text.value.indexOf('\n', start)
  area.focus()
  area.setSelectionRange(start, end < 0 ? text.value.length : end)
  area.scrollTop = Math.max(0, (number - 3) * Number.parseFloat(getComputedStyle(area).lineHeight))
}

function Lines({ organization, way, lines }: { organization: string; way: Way; lines: Line[] }) {
  return (
    <Grid
      label="Lines"
      isShort
      rows={lines}
      rowKey={(line) => String(line.number)}
      open={(line) => goTo(line.number)}
      columns={[
        {
          title: 'Line',
          width: '4rem',
          cell: ({ number }) => (
            <button
              type="button"
              class="row-link"
              tabIndex={-1}
              aria-label={`Line ${number}`}
              onClick={() => goTo(number)}
            >
              {number}
            </button>
          ),
        },
        { title: 'E-mail', width: 'minmax(0, 1fr)', cell: ({ person }) => person.email || '–' },
        {
          title: 'Name',
          width: 'minmax(0, .8fr)',
          isExtra: true,
          cell: ({ person }) => [person.first_name, person.last_name].filter(Boolean).join(' ') || '–',
        },
        {
          title: 'What becomes of it',
          width: 'minmax(0, 2fr)',
          cell: (line) => {
            const known = result(organization, way, line.person)
            if (known) return <Becomes kind={known.state} text={known.text} />
            const wrong = complaint(organization, way, line)
            if (wrong === undefined) return ''
            if (wrong === null) return <span class="faint">ready</span>
            // where a body is a list, a place in it tells nothing that the line does not
            const faults = wrong.faults.map(({ member, message }) =>
              /^\d*$/.test(member) ? message : `${member} ${message}`,
            )
            return <Becomes kind="bad" text={faults.join('; ') || wrong.message} />
          },
        },
      ]}
    />
  )
}

const MARKS = { sending: '…', done: '✓', refused: '✕', unsent: '?', bad: '!' }

function Becomes({ kind, text }: { kind: keyof typeof MARKS; text: string }) {
  return (
    <span class={`becomes ${kind}`} title={text}>
      <span aria-hidden="true">{MARKS[kind]}</span> {text}
    </span>
  )
}

/** The calls that will be made, one at a time. */
function Calls({ organization, way, people }: { organization: string; way: Way; people: Person[][] }) {
  const [at, setAt] = useState(0)
  const shown = Math.min(at, people.length - 1)
  const part = people[shown]
  const command = useMemo(() => part && curl(way.call(organization, part)), [organization, way, JSON.stringify(part)])
  return (
    <Section
      title={people.length > 1 ? `Call ${shown + 1} of ${people.length}` : 'The call'}
      actions={
        command && (
          <>
            {people.length > 1 && (
              <>
                <button type="button" class="small" disabled={shown === 0} onClick={() => setAt(shown - 1)}>
                  Before
                </button>
                <button
                  type="button"
                  class="small"
                  disabled={shown === people.length - 1}
                  onClick={() => setAt(shown + 1)}
                >
                  Next
                </button>
              </>
            )}
            <Copy text={command} label="Copy curl" />
          </>
        )
      }
    >
      {command ? (
        <pre class="command" tabIndex={0} aria-label="The call as a curl command">
          {command}
        </pre>
      ) : (
        <Empty title="The call that will be made is shown here, once there is somebody to invite." />
      )}
    </Section>
  )
}
