// An invitation of many: what was written, what is wrong with it, and what has become of each. It outlives the page and
// a session that ends by itself, so that whoever has to sign in again goes on where it stopped. Signing out ends it.

import { batch, computed, signal } from '@preact/signals'
import { type Line, read } from './csv'
import { type Answer, Ended, Unreachable } from './http'
import { ask, atSignOut, session } from './session'
import { type Complaint, judged } from './validate'
import { type Person, type Way, WAYS } from './vendors'

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

/** How many calls wait until the API takes more. */
export const waiting = signal(0)

/** Why the run stopped, if it did so by itself. */
export const stopped = signal<Error | undefined>(undefined)

const complaints = new Map<string, Complaint | null>()
/** What is wrong with a person because of the others. */
let clashes = new Map<Line, Complaint>()
const results = new Map<string, Result>()
/** Stops the run. */
let stopper = new AbortController()
/** What was judged to its end, last. */
let judgedLast: { organization: string; way: Way; lines: Line[] } | undefined

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
  if (line.problem) return { message: line.problem, faults: [], pointers: [] }
  return clashes.get(line) ?? complaints.get(key(organization, way, line.person))
}

/** Whether all is known that would be refused of these lines. */
export function isJudged(organization: string, way: Way, lines: Line[]): boolean {
  return judgedLast?.organization === organization && judgedLast.way === way && judgedLast.lines === lines
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
  /** Lets the page work, if it stood still long enough. Tells whether to go on. */
  const breathe = async (): Promise<boolean> => {
    const now = performance.now()
    if (now - began < SLICE) return true
    if (now - told > 20 * SLICE) {
      told = now
      known.value++
    }
    await new Promise((resolve) => setTimeout(resolve))
    began = performance.now()
    return !signal.aborted
  }
  clashes = new Map()
  judgedLast = undefined
  for (const { person, problem } of lines) {
    const about = key(organization, way, person)
    if (!problem && !complaints.has(about)) complaints.set(about, judged(way, way.call(organization, [person])) ?? null)
    if (!(await breathe())) return
  }
  noteRepeated(organization, way, lines)
  if (way.perCall > 1 && !(await judgeTogether(organization, way, lines, breathe))) return
  judgedLast = { organization, way, lines }
  known.value++
}

/** Notes the lines that share with an earlier one what no two people may, in whichever calls they will be. */
function noteRepeated(organization: string, way: Way, lines: Line[]): void {
  for (const [member, of] of Object.entries(way.unique ?? {})) {
    const firsts = new Map<string, Line>()
    for (const line of lines) {
      if (complaint(organization, way, line) !== null) continue
      const first = firsts.get(of(line.person))
      if (first) clashes.set(line, repeats(member, first))
      else firsts.set(of(line.person), line)
    }
  }
}

function repeats(member: string, { number }: Line): Complaint {
  const message = `is the same as in line ${number}`
  return { message: `${member} ${message}`, faults: [{ member, message }], pointers: [] }
}

/** How often the lines are judged together: an API may name one kind of clash at a time. */
const ROUNDS = 5

/** Judges the lines that are good by themselves in the calls that will be sent, and notes which of them clash. */
async function judgeTogether(
  organization: string,
  way: Way,
  lines: Line[],
  breathe: () => Promise<boolean>,
): Promise<boolean> {
  for (let round = 0; round < ROUNDS; round++) {
    let isGood = true
    for (const part of parts(way, ready(organization, way, lines))) {
      const wrong = judged(way, way.call(organization, part.map(({ person }) => person)))
      if (!(await breathe())) return false
      if (!wrong) continue
      isGood = false
      for (const [at, pointer] of (wrong.pointers.length > 0 ? wrong.pointers : ['']).entries()) {
        const one = part[Number(/\d+/.exec(pointer)?.[0] ?? Number.NaN)]
        // what is about nobody by number is about the whole call
        for (const line of one ? [one] : part) clashes.set(line, { ...wrong, faults: wrong.faults.slice(at, at + 1) })
      }
    }
    if (isGood) break
  }
  return true
}

/** The lines to send: each person once, without those who are invited already and those who would be refused. */
export function ready(organization: string, way: Way, lines: Line[]): Line[] {
  const people = new Map<string, Line>()
  for (const line of lines) {
    const about = key(organization, way, line.person)
    if (complaint(organization, way, line) !== null || results.get(about)?.state === 'done') continue
    if (!people.has(about)) people.set(about, line)
  }
  return [...people.values()]
}

/** What each call has of these, in order. */
export function parts<T>(way: Way, all: T[]): T[][] {
  const parts: T[][] = []
  for (let at = 0; at < all.length; at += way.perCall) parts.push(all.slice(at, at + way.perCall))
  return parts
}

/** How many calls of one person are sent at the same time. */
const AT_ONCE = 4

/** Waits so many seconds, or until it is to stop. */
function wait(seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const timer = setTimeout(resolve, seconds * 1000)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
}

/**
 * Sends all calls, until one gets no answer or somebody says stop. Whoever signs in meanwhile has no part in it: it goes
 * on with the secret that it began with.
 */
export async function run(organization: string, way: Way, people: Person[]): Promise<void> {
  const secret = session.value?.secret
  const queue = parts(way, people)
  const note = (part: Person[], make: (at: number) => Result): void => {
    for (const [at, person] of part.entries()) results.set(key(organization, way, person), make(at))
    known.value++
  }
  const ending = new AbortController()
  const { signal } = ending
  stopper = ending
  batch(() => {
    isRunning.value = true
    stopped.value = undefined
    progress.value = { done: 0, total: people.length }
  })
  /** Sends a call, again and again as long as it is too much for now; no answer where it is to stop before. */
  const sendPart = async (part: Person[]): Promise<Answer | undefined> => {
    while (!signal.aborted) {
      note(part, () => ({ state: 'sending', text: 'Being sent' }))
      const answer = await ask(way.call(organization, part), undefined, secret)
      const { retryAfter } = answer
      if (retryAfter === undefined) return answer
      note(part, () => ({ state: 'sending', text: `Too much for now: sent again in ${retryAfter} s` }))
      waiting.value++
      await wait(retryAfter, signal)
      waiting.value--
    }
    return undefined
  }
  const work = async (): Promise<void> => {
    for (let part = queue.shift(); part && !signal.aborted; part = queue.shift()) {
      const sent = part
      try {
        const answer = await sendPart(sent)
        const outcomes = answer && way.outcomes(sent, answer)
        note(sent, (at) => {
          if (!outcomes) return { state: 'unsent', text: 'Not sent' }
          return { state: outcomes[at]?.isDone ? 'done' : 'refused', text: outcomes[at]?.text ?? '' }
        })
      } catch (error) {
        ending.abort()
        stopped.value ??= error as Error
        let text = 'The answer cannot be read: it may have been taken'
        if (error instanceof Unreachable) text = 'No answer: it may have been taken'
        else if (error instanceof Ended) text = 'Not sent'
        note(sent, () => ({ state: 'unsent', text }))
      }
      progress.value = { ...progress.value, done: progress.value.done + sent.length }
    }
  }
  // calls of many follow one another, as each is one transaction
  await Promise.all(Array.from({ length: way.perCall > 1 ? 1 : AT_ONCE }, work))
  isRunning.value = false
}

/** Stops after the calls that are on their way. */
export function stop(): void {
  stopper.abort()
}

// what was written is of whoever signed out
atSignOut(() => {
  stop()
  text.value = ''
  stopped.value = undefined
})
