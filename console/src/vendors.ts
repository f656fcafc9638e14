// The vendors' APIs: what of a person is theirs, and the ways in which they take many at once.

import type { Answer, Call } from './http'
import { refusal } from './http'
import { type User, users } from './native'
import { send } from './session'

/** A person to be invited, as a file tells of one. */
export interface Person {
  email: string
  first_name: string
  last_name: string
  /** The login; the e-mail where none is told. */
  login: string
  /** Ids of groups. */
  groups: string[]
}

/** What became of one person. */
export interface Outcome {
  isDone: boolean
  text: string
}

/** A way to invite. */
export interface Way {
  id: string
  /** Whose API it is, and what it is called there. */
  name: string
  /** The operation, by the name that the rules have for it. */
  operation: string
  /** What follows from it. */
  note: string
  /** Which columns of a file it takes. */
  columns: (keyof Person)[]
  /** How many people one call takes. */
  perCall: number
  /** What no two people of a file may share, by its name in the API. */
  unique?: Record<string, (person: Person) => string>
  /** Whether each person takes a seat. */
  takesSeats: boolean
  /** Whether it takes a key, and no admin who signed in by a password. */
  needsKey: boolean
  /** The call for these people. */
  call: (organization: string, people: Person[]) => Call
  /** What an answer says of each of them. */
  outcomes: (people: Person[], answer: Answer) => Outcome[]
}

const none = (text: string): string | null => text || null

const isSuccess = ({ status }: Answer): boolean => status >= 200 && status <= 299

/** What a refusal says, with what it says of members. */
export function words(answer: Answer): string {
  const { message, faults } = refusal(answer)
  return [message, ...faults.map((fault) => `${fault.member}: ${fault.message}`)].join(' – ')
}

const all = (people: Person[], outcome: Outcome): Outcome[] => people.map(() => outcome)

/** One call a person, who is made, or about whom the refusal is. */
function each(text: string): Way['outcomes'] {
  return (people, answer) =>
    all(people, isSuccess(answer) ? { isDone: true, text } : { isDone: false, text: words(answer) })
}

function native(seat: boolean): Pick<Way, 'call' | 'outcomes'> {
  return {
    call: (organization, people) => {
      const person = people[0]
      return users.creation(organization, {
        email: person?.email,
        ...(person?.login ? { login: person.login } : {}),
        first_name: none(person?.first_name ?? ''),
        last_name: none(person?.last_name ?? ''),
        seat,
      })
    },
    outcomes: each(seat ? 'Added, with a seat' : 'Added'),
  }
}

/** The most people that are put into one call, so that there is progress to see and little to send again. */
const BATCH = 100

export const WAYS: Way[] = [
  {
    id: 'anaconda',
    name: 'Anaconda: register automatically',
    operation: 'anaconda.auto_register_users',
    note: 'Each gets an account, a seat, and a token by mail.',
    columns: ['email'],
    perCall: BATCH,
    takesSeats: true,
    needsKey: true,
    call: (organization, people) => ({
      method: 'POST',
      path: `/api/organizations/${organization}/users_auto_registration`,
      scheme: 'Bearer',
      body: { user_emails: people.map((person) => person.email) },
    }),
    outcomes: (people, answer) => {
      if (!isSuccess(answer)) return all(people, { isDone: false, text: words(answer) })
      const onboarded = (answer.json as { users_in_onboarding_process: string[] }).users_in_onboarding_process
      return people.map(({ email }) =>
        onboarded.includes(email)
          ? { isDone: true, text: 'users_in_onboarding_process' }
          : { isDone: false, text: 'users_unavailable_for_onboarding' },
      )
    },
  },
  {
    id: 'appoptima',
    name: 'AppOptima: create in bulk',
    operation: 'appoptima.create_users',
    note: 'Each becomes a user of the cluster, in the groups that the file names. One fault refuses the whole call.',
    columns: ['email', 'first_name', 'last_name', 'login', 'groups'],
    perCall: BATCH,
    unique: { id: (person) => person.login || person.email, email: (person) => person.email.toLowerCase() },
    takesSeats: false,
    needsKey: true,
    call: (_, people) => ({
      method: 'POST',
      path: '/api/v1.0/onpremise/users/bulk',
      scheme: 'Api-Token',
      body: people.map((person) => ({
        id: person.login || person.email,
        email: person.email,
        firstName: person.first_name,
        lastName: person.last_name,
        passwordClearText: null,
        groups: person.groups,
      })),
    }),
    outcomes: (people, answer) => {
      if (!Array.isArray(answer.json)) return all(people, { isDone: false, text: words(answer) })
      // 200 lists everybody, 406 those who were added
      const added = new Set((answer.json as { email: string }[]).map(({ email }) => email))
      return people.map(({ email }) =>
        added.has(email) ? { isDone: true, text: 'Created' } : { isDone: false, text: 'Not among those created (406)' },
      )
    },
  },
  {
    id: 'astra',
    name: 'Astra: create one by one',
    operation: 'astra.create_user',
    note: 'Each becomes a user of the account, who may do nothing until bound to a role.',
    columns: ['email', 'first_name', 'last_name'],
    perCall: 1,
    takesSeats: false,
    needsKey: true,
    call: (organization, people) => ({
      method: 'POST',
      path: `/accounts/${organization}/core/v1/users`,
      scheme: 'Bearer',
      headers: { 'content-type': 'application/astra-user+json' },
      body: {
        type: 'application/astra-user',
        version: '1.2',
        email: people[0]?.email,
        firstName: people[0]?.first_name,
        lastName: people[0]?.last_name,
      },
    }),
    outcomes: each('Created'),
  },
  {
    id: 'native',
    name: 'Tessera: add one by one, with a seat',
    operation: 'native.create_user',
    note: 'Each becomes a member who holds a seat. No mail is sent.',
    columns: ['email', 'first_name', 'last_name', 'login'],
    perCall: 1,
    takesSeats: true,
    needsKey: false,
    ...native(true),
  },
  {
    id: 'native-unseated',
    name: 'Tessera: add one by one, without a seat',
    operation: 'native.create_user',
    note: 'Each becomes a member. No mail is sent.',
    columns: ['email', 'first_name', 'last_name', 'login'],
    perCall: 1,
    takesSeats: false,
    needsKey: false,
    ...native(false),
  },
]

/** A user's role in Astra. */
export interface RoleBinding {
  id: string
  userID: string
  role: 'viewer' | 'member' | 'admin' | 'owner'
  roleConstraints: string[]
}

/** Astra's roles, from the least. */
export const ASTRA_ROLES = ['viewer', 'member', 'admin', 'owner'] as const

const BINDING = { type: 'application/astra-roleBinding', version: '1.1' }

export const bindings = {
  list: (organization: string, user: string, signal?: AbortSignal) =>
    send<{ items: RoleBinding[] }>(
      { method: 'GET', path: `/accounts/${organization}/core/v1/users/${user}/roleBindings`, scheme: 'Bearer' },
      signal,
    ),
  create: (organization: string, userID: string, role: string) =>
    send<RoleBinding>({
      method: 'POST',
      path: `/accounts/${organization}/core/v1/roleBindings`,
      scheme: 'Bearer',
      body: { ...BINDING, userID, accountID: organization, role, roleConstraints: ['*'] },
    }),
  update: (organization: string, id: string, role: string) =>
    send<void>({
      method: 'PUT',
      path: `/accounts/${organization}/core/v1/roleBindings/${id}`,
      scheme: 'Bearer',
      body: { ...BINDING, role },
    }),
}

/** A user, as AppOptima tells of one and takes one. */
interface AppOptimaUser {
  id: string
  email: string
  firstName: string
  lastName: string
  groups: string[]
}

/** A group, as AppOptima tells of it. */
export interface Group {
  id: string
  name: string
}

const ONPREMISE = '/api/v1.0/onpremise'

export const groups = {
  list: (signal?: AbortSignal) =>
    send<Group[]>({ method: 'GET', path: `${ONPREMISE}/groups`, scheme: 'Api-Token' }, signal),
  of: (user: User, signal?: AbortSignal) =>
    send<AppOptimaUser>(
      { method: 'GET', path: `${ONPREMISE}/users/${encodeURIComponent(user.login)}`, scheme: 'Api-Token' },
      signal,
    ),
  /** Puts a user into a group, or out of it. The API replaces the whole user, and so all else is what it is right now. */
  set: async (user: User, group: string, isIn: boolean) => {
    const { id, email, firstName, lastName, groups: own } = await groups.of(user)
    const others = own.filter((known) => known !== group)
    return send<AppOptimaUser>({
      method: 'PUT',
      path: `${ONPREMISE}/users`,
      scheme: 'Api-Token',
      body: { id, email, firstName, lastName, groups: isIn ? [...others, group] : others },
    })
  },
}
