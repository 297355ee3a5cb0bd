const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const

/** Common schedules, to begin with. */
export const COMMON: readonly { readonly label: string; readonly cron: string }[] = [
  { label: 'Every hour', cron: '0 * * * *' },
  { label: 'Every day at 09:00', cron: '0 9 * * *' },
  { label: 'Monday to Friday at 09:00', cron: '0 9 * * 1-5' },
  { label: 'Every Monday at 09:00', cron: '0 9 * * 1' },
  { label: 'On the first of every month at 09:00', cron: '0 9 1 * *' },
]

/** A cron expression in words, for those that are said in a few; null for every other. */
export function cronWords(cron: string): string | null {
  const fields = cron.trim().split(/\s+/)
  if (fields.length !== 5) return null
  const [minute = '', hour = '', day = '', month = '', weekday = ''] = fields
  if (month !== '*') return null
  if (day === '*' && weekday === '*' && hour === '*') return everyMinutes(minute)
  const at = timeWords(hour, minute)
  if (at === null) return null
  if (day === '*' && weekday === '*') return `Every day at ${at}`
  if (day === '*') return weekdayWords(weekday, at)
  return weekday === '*' && /^\d{1,2}$/.test(day) ? `On day ${Number(day)} of every month at ${at}` : null
}

function everyMinutes(minute: string): string | null {
  if (minute === '*') return 'Every minute'
  const [, step] = /^\*\/(\d{1,2})$/.exec(minute) ?? []
  if (step !== undefined && 60 % Number(step) === 0) return `Every ${Number(step)} minutes`
  if (minute === '0') return 'Every hour'
  return /^\d{1,2}$/.test(minute) ? `Every hour, at minute ${Number(minute)}` : null
}

function timeWords(hour: string, minute: string): string | null {
  if (!/^\d{1,2}$/.test(hour) || !/^\d{1,2}$/.test(minute)) return null
  return `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
}

function weekdayWords(weekday: string, at: string): string | null {
  if (weekday === '1-5') return `Monday to Friday at ${at}`
  if (!/^\d$/.test(weekday)) return null
  const day = DAYS[Number(weekday) % 7]
  return day === undefined ? null : `Every ${day} at ${at}`
}
