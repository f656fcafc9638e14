// A list of any length: only the rows in sight are in the document, and more are asked for on the way down.

import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'

export interface Column<T> {
  title: string
  /** How wide it is, as `grid-template-columns` has it. */
  width: string
  /** Whether a narrow screen does without it. */
  isExtra?: boolean
  cell: (row: T) => ComponentChildren
}

interface GridProps<T> {
  label: string
  rows: T[]
  columns: Column<T>[]
  rowKey: (row: T) => string
  /** Whether there are more rows than these. */
  hasMore?: boolean
  /** Asks for them. */
  more?: () => void
  /** What Enter does with a row. */
  open?: (row: T) => void
  /** How high the list is; as high as the window leaves room, unless given. */
  isShort?: boolean
}

const ROW = 44
/** How many rows are kept on either side of those in sight. */
const MARGIN = 10

/** A grid that one moves in with the arrow keys, Page Up and Down, Home and End; Enter opens a row. */
export function Grid<T>({ label, rows, columns, rowKey, hasMore = false, more, open, isShort = false }: GridProps<T>) {
  const id = useId()
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })
  const [active, setActive] = useState(0)
  const first = Math.max(0, Math.floor(view.top / ROW) - MARGIN)
  const last = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW) + MARGIN)

  const look = (): void => {
    const element = box.current
    if (element) setView({ top: element.scrollTop, height: element.clientHeight })
  }
  useLayoutEffect(() => {
    look()
    const element = box.current
    if (!element) return
    const observer = new ResizeObserver(look)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (hasMore && more && last + 2 * MARGIN >= rows.length) more()
  }, [last, rows.length, hasMore])
  useEffect(() => {
    if (active >= rows.length && rows.length > 0) setActive(rows.length - 1)
  }, [rows.length])

  const step = Math.max(1, Math.floor(view.height / ROW) - 2)
  const onKeyDown = (event: KeyboardEvent): void => {
    const to = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + step,
      PageUp: active - step,
      Home: 0,
      End: rows.length - 1,
    }[event.key]
    const row = rows[active]
    if (to !== undefined) {
      event.preventDefault()
      const next = Math.max(0, Math.min(rows.length - 1, to))
      setActive(next)
      const element = box.current
      if (!element) return
      // the head covers one row's height
      const [top, height] = [next * ROW, element.clientHeight - ROW]
      if (top < element.scrollTop) element.scrollTop = top
      else if (top + ROW > element.scrollTop + height) element.scrollTop = top + ROW - height
    } else if (event.key === 'Enter' && row && open && event.target === event.currentTarget) {
      event.preventDefault()
      open(row)
    }
  }

  const shown = Array.from({ length: Math.max(0, last - first) }, (_, at) => first + at)
  // the row that the keyboard is at stays, wherever the wheel has gone
  if (rows[active] !== undefined && (active < first || active >= last)) shown.push(active)
  const wide = columns.map((column) => column.width).join(' ')
  const narrow = columns
    .filter((column) => !column.isExtra)
    .map((column) => column.width)
    .join(' ')
  return (
    <div
      class={isShort ? 'grid short' : 'grid'}
      role="grid"
      aria-label={label}
      aria-rowcount={hasMore ? -1 : rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={rows[active] === undefined ? undefined : `${id}-${active}`}
      tabIndex={0}
      ref={box}
      style={{ '--wide': wide, '--narrow': narrow, '--height': `${(rows.length + 1) * ROW + 2}px` }}
      onScroll={look}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" aria-rowindex={1}>
          {columns.map((column) => (
            <div role="columnheader" class={column.isExtra ? 'extra' : ''}>
              {column.title}
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${rows.length * ROW}px` }}>
        {shown.map((at) => {
          const row = rows[at]
          if (row === undefined) return null
          return (
            <div
              role="row"
              key={rowKey(row)}
              id={`${id}-${at}`}
              aria-rowindex={at + 2}
              class={at === active ? 'active' : ''}
              style={{ top: `${at * ROW}px` }}
              onClick={() => setActive(at)}
            >
              {columns.map((column) => (
                <div role="gridcell" class={column.isExtra ? 'extra' : ''}>
                  {column.cell(row)}
                </div>
              ))}
            </div>
          )
        })}
      </div>
    </div>
  )
}
