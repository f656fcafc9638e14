// One organization: its seats, drawn, and its settings.

import { Refusal } from '../http'
import { type Organization, organizations, seats } from '../native'
import { may, renamed, session } from '../session'
import { count, counted, day } from '../ui/format'
import { useLoad } from '../ui/load'
import { announce, Copy, Field, Loading, Meter, Page, Problem, Section, useAction, useDraft } from '../ui/parts'

export function Overview({ organization: id }: { organization: string }) {
  const { data, error, isLoading, reload } = useLoad((signal) => organizations.get(id, signal), [id])
  return (
    <Page title={data?.name ?? 'Organization'}>
      <Problem error={error} again={reload} />
      {!data && isLoading && <Loading what="the organization" />}
      {data && (
        <div class="columns">
          <SeatUse organization={data} />
          <div class="stack">
            <Facts organization={data} />
            <Settings organization={data} onChange={reload} />
          </div>
        </div>
      )}
    </Page>
  )
}

/** The most parts of a list of 1000 that are read to draw the curve. */
const PARTS = 10

function SeatUse({ organization }: { organization: Organization }) {
  const { data: times, error, reload } = useLoad(
    async (signal) => {
      const times: number[] = []
      let cursor: string | null = null
      for (let part = 0; part < PARTS; part++) {
        const { data, next_cursor } = await seats.list(organization.id, cursor, signal)
        times.push(...data.map((holder) => Date.parse(holder.seated_at)))
        cursor = next_cursor
        if (cursor === null) return times.sort((a, b) => a - b)
      }
      return []
    },
    [organization.id, organization.seats.used, organization.seats.total],
  )
  const { used, total } = organization.seats
  const free = Math.max(0, total - used)
  return (
    <Section title="Seats">
      <p class="figure">
        <strong>{count(used)}</strong> of {counted(total, 'seat')} in use
      </p>
      <Meter used={used} total={total} />
      <p class={free === 0 ? 'fault' : 'note'}>{free === 0 ? 'No seat is free.' : `${counted(free, 'seat')} free`}</p>
      <Problem error={error} again={reload} />
      {times && times.length > 0 && <Curve times={times} total={total} />}
    </Section>
  )
}

const [WIDTH, HEIGHT] = [600, 130]

/** Since when the seats that are held have been held, as a rising line. */
function Curve({ times, total }: { times: number[]; total: number }) {
  const [first = 0] = times
  const last = Date.now()
  const span = Math.max(1, last - first)
  const top = Math.max(total, times.length)
  const x = (time: number): string => (((time - first) / span) * WIDTH).toFixed(1)
  const y = (held: number): string => (HEIGHT - (held / top) * HEIGHT).toFixed(1)
  // no more steps than can be seen
  const every = Math.max(1, Math.floor(times.length / WIDTH))
  let line = `M0 ${HEIGHT}`
  for (const [at, time] of times.entries()) {
    if (at % every === 0 || at === times.length - 1) line += `H${x(time)}V${y(at + 1)}`
  }
  line += `H${WIDTH}`
  const since = day(new Date(first).toISOString())
  return (
    <figure>
      <svg
        class="curve"
        viewBox={`0 -4 ${WIDTH} ${HEIGHT + 8}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`Of the ${counted(times.length, 'seat')} held now, the first was given on ${since}`}
      >
        <path class="area" d={`${line}V${HEIGHT}Z`} />
        <path class="line" d={line} />
        <path class="limit" d={`M0 ${y(total)}H${WIDTH}`} />
      </svg>
      <figcaption>
        <span>{since}</span>
        <span>seats held now, by when they were given; dashed, all seats</span>
        <span>today</span>
      </figcaption>
    </figure>
  )
}

function Facts({ organization }: { organization: Organization }) {
  const end = organization.subscription_expires_at
  return (
    <Section title="What it is called">
      <dl class="facts">
        <dt>Id</dt>
        <dd>
          <code>{organization.id}</code> <Copy text={organization.id} label="Copy id" />
        </dd>
        <dt>Number</dt>
        <dd>
          <code>{organization.number}</code>
        </dd>
        <dt>Slug</dt>
        <dd>
          <code>{organization.slug}</code>
        </dd>
        <dt>Type</dt>
        <dd>{organization.type}</dd>
        <dt>Identities</dt>
        <dd>{organization.identity_mode}</dd>
        <dt>Subscription</dt>
        <dd>{end ? `ends ${day(end)}` : 'without end'}</dd>
        <dt>Since</dt>
        <dd>{day(organization.created_at)}</dd>
      </dl>
    </Section>
  )
}

function Settings({ organization, onChange }: { organization: Organization; onChange: () => void }) {
  const { values, changed, set, saved } = useDraft(organization, {
    name: organization.name,
    seats: String(organization.seats.total),
  })
  const action = useAction()
  if (!may('organization:write')) return null
  const isRoot = session.value?.caller.kind === 'root'
  const of = (member: string) => (action.error instanceof Refusal ? action.error.of(member) : undefined)
  const save = (event: SubmitEvent): void => {
    event.preventDefault()
    action.run(async () => {
      const body = { name: values.name, seats: Number(values.seats) }
      const change = Object.fromEntries(changed.map((name) => [name, body[name]]))
      renamed(await organizations.update(organization.id, change))
      saved()
      announce('Saved')
      onChange()
    })
  }
  const isWhole = /^\d+$/.test(values.seats.trim())
  return (
    <Section title="Settings">
      <form onSubmit={save}>
        <Field label="Name" value={values.name} onValue={set('name')} problem={of('name')} />
        {isRoot && (
          <Field
            label="Seats"
            inputMode="numeric"
            value={values.seats}
            onValue={set('seats')}
            problem={isWhole ? of('seats') : 'should be a whole number'}
          />
        )}
        <Problem error={action.error} />
        <button type="submit" class="primary" disabled={action.isBusy || !isWhole || changed.length === 0}>
          Save
        </button>
      </form>
    </Section>
  )
}
