// A file of people: comma-separated values, with the names of its columns in the first line or in their usual order.

import Papa from 'papaparse'
import type { Person } from './vendors'

/** A line of the file that tells of a person. */
export interface Line {
  /** Its number in the file, from 1. */
  number: number
  person: Person
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

/** Reads a file. Lines with nothing in them are passed over. */
export function read(text: string): Line[] {
  const lines: Line[] = []
  let columns: (keyof Person | undefined)[] = USUAL
  let isFirst = true
  let number = 1
  let from = 0
  Papa.parse<string[]>(text, {
    delimiter: '',
    delimitersToGuess: [',', ';', '\t'],
    step: ({ data, meta }) => {
      const at = number
      // a value in quotes may go over several lines
      number += text.slice(from, meta.cursor).split('\n').length - 1
      from = meta.cursor
      const cells = data.map((cell) => cell.trim())
      if (cells.every((cell) => !cell)) return
      if (isFirst) {
        isFirst = false
        const named = cells.map(column)
        if (named.includes('email')) {
          columns = named
          return
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
      })
    },
  })
  return lines
}
