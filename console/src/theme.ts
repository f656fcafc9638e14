// Dark or light: as the system has it, unless chosen. The choice is no secret and is kept.

import { signal } from '@preact/signals'

type Theme = 'system' | 'light' | 'dark'

const STORE = 'tessera.theme'
const kept = localStorage.getItem(STORE)

export const theme = signal<Theme>(kept === 'light' || kept === 'dark' ? kept : 'system')

function apply(): void {
  if (theme.value === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
}

/** Chooses. */
export function choose(next: Theme): void {
  theme.value = next
  if (next === 'system') localStorage.removeItem(STORE)
  else localStorage.setItem(STORE, next)
  apply()
}

apply()
