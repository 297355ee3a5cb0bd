import type { TaskState } from '@optio/contract'
import type { Colors } from './colors.ts'

/** End of an id, as in the name of its branch: the beginning is the same for all tasks of one minute. */
export function shortId(id: string): string {
  return id.replaceAll('-', '').slice(-8)
}

const UNITS: readonly [name: string, seconds: number][] = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
]

/** How long ago, in one unit: `3m`. */
export function ago(iso: string | null, now = Date.now()): string {
  if (iso === null) return '–'
  return duration(now - Date.parse(iso))
}

/** Milliseconds in one unit: `3m`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  const [name, size] = UNITS.find(([, each]) => seconds >= each) ?? ['s', 1]
  return `${Math.floor(seconds / size)}${name}`
}

/** A decimal string in USD with two places, more for less than a cent; the exact figure is in the JSON. */
export function dollars(money: string): string {
  const value = Number(money)
  return value !== 0 && value < 0.01 ? `$${value.toPrecision(2)}` : `$${value.toFixed(2)}`
}

export function paintState(colors: Colors, state: TaskState): (text: string) => string {
  switch (state) {
    case 'completed':
      return colors.green
    case 'failed':
      return colors.red
    case 'needs_attention':
      return colors.yellow
    case 'cancelled':
      return colors.dim
    case 'running':
    case 'provisioning':
      return colors.cyan
    default:
      return (text) => text
  }
}

export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = count
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit += 1
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`
}
