// A file of people: comma-separated values, with the names of its columns in the first line or in their usual order.

import Papa from 'papaparse'
import type { Person } from './vendors'

/** A line of the file that tells of a person. */
export interface Line {
  /** Its number in the file, from 1. */
  number: number
  person: Person
  /** Why it cannot be read for sure. */
  problem?: string
}

const USUAL: (keyof Person)[] = ['email', 'first_name', 'last_name', 'login', 'groups']

/** What a column is called, however it is written. */
const NAMES: Record<string, keyof Person> = {
  email: 'email',
  emailaddress: 'email',
  mail: 'email',
  firstname: 'first_name',
  givenname: 'first_name',
  lastname: 'last_name',
  surname: 'last_name',
  familyname: 'last_name',
  login: 'login',
  id: 'login',
  username: 'login',
  groups: 'groups',
  group: 'groups',
}

const column = (title: string): keyof Person | undefined => NAMES[title.toLowerCase().replace(/[^a-z]/g, '')]

/** The text with its lines ended alike, as a text field has it. */
export const unified = (text: string): string => text.replace(/^\uFEFF/, '').replace(/\r\n?/g, '\n')

/** What parts the values, by the first line that has something: the others may hold the same signs within a value. */
function delimiter(text: string): string {
  const first = /^.*\S.*$/m.exec(text)?.[0].replace(/"[^"]*"/g, '') ?? ''
  return [',', ';', '\t'].find((sign) => first.includes(sign)) ?? ','
}

/** Why lines with such a fault in their quotes cannot be read for sure. */
function told(code: string, lines: number): string {
  const fault = code === 'MissingQuotes' ? 'A quote is opened and never closed' : 'Something follows the closing quote'
  return lines > 1 ? `${fault}: ${lines} lines are read as one` : fault
}

/** Reads a file. Lines with nothing in them are passed over. */
export function read(written: string): Line[] {
  const text = unified(written)
  const lines: Line[] = []
  let columns: (keyof Person | undefined)[] = USUAL
  let isFirst = true
  let number = 1
  let from = 0
  Papa.parse<string[]>(text, {
    delimiter: delimiter(text),
    newline: '\n',
    step: ({ data, errors, meta }) => {
      const at = number
      // a value in quotes may go over several lines
      const raw = text.slice(from, meta.cursor)
      number += raw.split('\n').length - 1
      from = meta.cursor
      const cells = data.map((cell) => cell.trim())
      // what follows from the first fault is told by it
      const [fault] = errors
      if (cells.every((cell) => !cell) && !fault) return
      if (isFirst) {
        isFirst = false
        const named = cells.map(column)
        if (named.includes('email')) {
          columns = named
          if (!fault) return
        }
      }
      const cell = (name: keyof Person): string => cells[columns.indexOf(name)] ?? ''
      lines.push({
        number: at,
        person: {
          email: cell('email'),
          first_name: cell('first_name'),
          last_name: cell('last_name'),
          login: cell('login'),
          groups: cell('groups')
            .split(/[;|]/)
            .map((group) => group.trim())
            .filter(Boolean),
        },
        ...(fault ? { problem: told(fault.code, raw.trimEnd().split('\n').length) } : {}),
      })
    },
  })
  return lines
}
