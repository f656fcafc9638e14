// Times and numbers, as the reader's language has them.

const DAY = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium' })
const MINUTE = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'short' })
const NUMBER = new Intl.NumberFormat()

/** The day of an RFC 3339 time. */
export const day = (time: string): string => DAY.format(new Date(time))

/** The minute of an RFC 3339 time. */
export const minute = (time: string): string => MINUTE.format(new Date(time))

/** A number. */
export const count = (number: number): string => NUMBER.format(number)

/** A number of things. */
export const counted = (number: number, one: string, many = `${one}s`): string =>
  `${count(number)} ${number === 1 ? one : many}`

/** An end as RFC 3339 has it, of what a date field holds: that day's last second here; null where it holds nothing. */
export function endOf(date: string): string | null {
  return date ? new Date(`${date}T23:59:59`).toISOString() : null
}

/** What a date field holds of an end: its day here, as {@link endOf} reads it. */
export function dateOf(end: string | null): string {
  if (!end) return ''
  const time = new Date(end)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${String(time.getFullYear()).padStart(4, '0')}-${two(time.getMonth() + 1)}-${two(time.getDate())}`
}

/** Whether a time is past. */
export const isPast = (time: string | null): boolean => time !== null && new Date(time) <= new Date()
