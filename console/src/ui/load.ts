// Reading what a page shows.

import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { Page } from '../native'

export interface Loaded<T> {
  data: T | undefined
  error: Error | undefined
  isLoading: boolean
  reload: () => void
}

/** Reads what depends on these keys, and again when one changes. What was read stays until the next is there. */
export function useLoad<T>(load: (signal: AbortSignal) => Promise<T>, keys: unknown[]): Loaded<T> {
  const [state, setState] = useState<Omit<Loaded<T>, 'reload'>>({ data: undefined, error: undefined, isLoading: true })
  const [round, setRound] = useState(0)
  const last = useRef<string>('')
  useEffect(() => {
    const abort = new AbortController()
    const key = JSON.stringify(keys)
    // another thing's data must not be shown for this one
    const isOther = last.current !== key
    last.current = key
    setState((known) => ({ data: isOther ? undefined : known.data, error: undefined, isLoading: true }))
    load(abort.signal).then(
      (data) => {
        if (!abort.signal.aborted) setState({ data, error: undefined, isLoading: false })
      },
      (error: Error) => {
        if (!abort.signal.aborted) setState((known) => ({ data: known.data, error, isLoading: false }))
      },
    )
    return () => abort.abort()
  }, [...keys, round])
  return { ...state, reload: useCallback(() => setRound((round) => round + 1), []) }
}

export interface Pages<T> {
  items: T[]
  error: Error | undefined
  isLoading: boolean
  /** Whether the server has more. */
  hasMore: boolean
  /** Reads the next part, unless one is being read. */
  more: () => void
  reload: () => void
}

/** Reads a list part by part, from its start whenever one of these keys changes. */
export function usePages<T>(
  load: (cursor: string | null, signal: AbortSignal) => Promise<Page<T>>,
  keys: unknown[],
): Pages<T> {
  interface State {
    items: T[]
    cursor: string | null
    hasMore: boolean
    isLoading: boolean
    error: Error | undefined
  }
  const [state, setState] = useState<State>({
    items: [],
    cursor: null,
    hasMore: true,
    isLoading: true,
    error: undefined,
  })
  const [round, setRound] = useState(0)
  const run = useRef<AbortController>(new AbortController())
  const isBusy = useRef(false)
  const read = (known: T[], cursor: string | null, { signal }: AbortController): void => {
    isBusy.current = true
    setState((state) => ({ ...state, isLoading: true, error: undefined }))
    load(cursor, signal).then(
      ({ data, next_cursor }) => {
        if (signal.aborted) return
        isBusy.current = false
        setState({
          items: [...known, ...data],
          cursor: next_cursor,
          hasMore: next_cursor !== null,
          isLoading: false,
          error: undefined,
        })
      },
      (error: Error) => {
        if (signal.aborted) return
        isBusy.current = false
        setState((state) => ({
          ...state,
          items: known,
          hasMore: known.length > 0 && state.hasMore,
          isLoading: false,
          error,
        }))
      },
    )
  }
  useEffect(() => {
    const abort = new AbortController()
    run.current = abort
    read([], null, abort)
    return () => abort.abort()
  }, [...keys, round])
  return {
    items: state.items,
    error: state.error,
    isLoading: state.isLoading,
    hasMore: state.hasMore,
    more: () => {
      if (!isBusy.current && state.hasMore) read(state.items, state.cursor, run.current)
    },
    reload: useCallback(() => setRound((round) => round + 1), []),
  }
}
