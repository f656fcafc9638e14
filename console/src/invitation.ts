// An invitation of many: what was written, what is wrong with it, and what has become of each. It outlives the page and
// the session, so that whoever has to sign in again goes on where it stopped.

import { batch, computed, signal } from '@preact/signals'
import { type Line, read } from './csv'
import { Ended, Unreachable } from './http'
import { type Complaint, judged } from './validate'
import { invite, type Person, type Way, WAYS } from './vendors'

/** What has become of a person. */
export interface Result {
  state: 'sending' | 'done' | 'refused' | 'unsent'
  text: string
}

/** What was written or dropped. */
export const text = signal('')

/** The way that was chosen. */
export const wayId = signal(WAYS[0]?.id ?? '')

/** The lines that tell of a person. */
export const lines = computed(() => read(text.value))

/** Goes up when something about the lines is known that was not. */
export const known = signal(0)

/** Whether calls are being sent. */
export const isRunning = signal(false)

/** How far the run is. */
export const progress = signal({ done: 0, total: 0 })

/** Why the run stopped, if it did so by itself. */
export const stopped = signal<Error | undefined>(undefined)

const complaints = new Map<string, Complaint | null>()
/** What is wrong with a person because of the others. */
let clashes = new Map<Line, Complaint>()
const results = new Map<string, Result>()
let isToStop = false

/** The way that was chosen. */
export function chosen(): Way {
  const way = WAYS.find(({ id }) => id === wayId.value) ?? WAYS[0]
  if (!way) throw new Error('there is no way')
  return way
}

const keys = new WeakMap<Person, { of: string; key: string }>()

// a person is known by all that is sent of one, so that a line that was corrected is another person
function key(organization: string, way: Way, person: Person): string {
  const of = `${organization} ${way.id}`
  const kept = keys.get(person)
  if (kept?.of === of) return kept.key
  const key = JSON.stringify([of, ...way.columns.map((column) => person[column])])
  keys.set(person, { of, key })
  return key
}

/** What would be refused of a line; null where nothing would, `undefined` where it is not known yet. */
export function complaint(organization: string, way: Way, line: Line): Complaint | null | undefined {
  return clashes.get(line) ?? complaints.get(key(organization, way, line.person))
}

/** What has become of a person in this way. */
export function result(organization: string, way: Way, person: Person): Result | undefined {
  return results.get(key(organization, way, person))
}

/** How long the page may stand still, in milliseconds. */
const SLICE = 12

/** Judges the lines that were not judged yet, and lets the page breathe meanwhile. */
export async function judge(organization: string, way: Way, lines: Line[], signal: AbortSignal): Promise<void> {
  let began = performance.now()
  let told = began
  for (const { person } of lines) {
    const about = key(organization, way, person)
    if (!complaints.has(about)) complaints.set(about, judged(way, way.call(organization, [person])) ?? null)
    const now = performance.now()
    if (now - began < SLICE) continue
    if (now - told > 20 * SLICE) {
      told = now
      known.value++
    }
    await new Promise((resolve) => setTimeout(resolve))
    if (signal.aborted) return
    began = performance.now()
  }
  clashes = new Map()
  if (way.perCall > 1) judgeTogether(organization, way, lines)
  known.value++
}

/** How often the lines are judged together: an API may name one kind of clash at a time. */
const ROUNDS = 5

/** Judges the lines that are good by themselves as one call, and notes which of them clash with others. */
function judgeTogether(organization: string, way: Way, lines: Line[]): void {
  for (let round = 0; round < ROUNDS; round++) {
    const good = lines.filter((line) => complaint(organization, way, line) === null)
    const people = good.map(({ person }) => person)
    const wrong = people.length > 0 && judged(way, way.call(organization, people))
    if (!wrong) return
    for (const [at, pointer] of wrong.pointers.entries()) {
      const line = good[Number(/\d+/.exec(pointer)?.[0] ?? Number.NaN)]
      if (line) clashes.set(line, { ...wrong, faults: wrong.faults.slice(at, at + 1) })
    }
  }
}

/** The people who can be sent: each once, without those who are invited already and those who would be refused. */
export function ready(organization: string, way: Way, lines: Line[]): Person[] {
  const people = new Map<string, Person>()
  for (const line of lines) {
    const { person } = line
    const about = key(organization, way, person)
    if (complaint(organization, way, line) === null && results.get(about)?.state !== 'done') people.set(about, person)
  }
  return [...people.values()]
}

/** The people of each call, in order. */
export function calls(way: Way, people: Person[]): Person[][] {
  const parts: Person[][] = []
  for (let at = 0; at < people.length; at += way.perCall) parts.push(people.slice(at, at + way.perCall))
  return parts
}

/** How many calls of one person are sent at the same time. */
const AT_ONCE = 4

/** Sends all calls, until one gets no answer or somebody says stop. */
export async function run(organization: string, way: Way, people: Person[]): Promise<void> {
  const parts = calls(way, people)
  const note = (part: Person[], make: (at: number) => Result): void => {
    for (const [at, person] of part.entries()) results.set(key(organization, way, person), make(at))
    known.value++
  }
  isToStop = false
  batch(() => {
    isRunning.value = true
    stopped.value = undefined
    progress.value = { done: 0, total: people.length }
  })
  const work = async (): Promise<void> => {
    for (let part = parts.shift(); part && !isToStop; part = parts.shift()) {
      const sent = part
      note(sent, () => ({ state: 'sending', text: 'Being sent' }))
      try {
        const outcomes = await invite(way, organization, sent)
        note(sent, (at) => ({
          state: outcomes[at]?.isDone ? 'done' : 'refused',
          text: outcomes[at]?.text ?? '',
        }))
      } catch (error) {
        isToStop = true
        stopped.value = error as Error
        const text = error instanceof Unreachable ? 'No answer: it may have been taken' : 'Not sent'
        note(sent, () => ({ state: 'unsent', text }))
        if (!(error instanceof Unreachable || error instanceof Ended)) throw error
      }
      progress.value = { ...progress.value, done: progress.value.done + sent.length }
    }
  }
  // calls of many follow one another, as each is one transaction
  try {
    await Promise.all(Array.from({ length: way.perCall > 1 ? 1 : AT_ONCE }, work))
  } finally {
    isRunning.value = false
  }
}

/** Stops after the calls that are on their way. */
export function stop(): void {
  isToStop = true
}
