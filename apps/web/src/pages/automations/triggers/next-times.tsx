interface NextTimesProps {
  readonly times: readonly string[]
  /** IANA name of the zone the schedule is in. */
  readonly zone: string
}

/** The next times of a schedule, in its zone and, where clocks show something else there, in that of this browser. */
export function NextTimes({ times, zone }: NextTimesProps) {
  if (times.length === 0) return <p className="text-ink-2">It is due at no time to come.</p>
  const thisYear = new Date().getFullYear()
  const hasYears = times.some((time) => new Date(time).getFullYear() !== thisYear)
  const hasSeconds = times.some((time) => new Date(time).getUTCSeconds() !== 0)
  const here = formatOf(undefined, { hasYears, hasSeconds })
  const there = formatOf(zone, { hasYears, hasSeconds })
  const rows = times.map((time) => {
    const at = new Date(time)
    return { time, there: there.format(at), here: here.format(at) }
  })
  const isSame = rows.every((row) => row.there === row.here)
  return (
    <table className="w-full max-w-xl text-xs">
      <caption className="sr-only">The next times</caption>
      <thead>
        <tr className="text-left align-bottom text-ink-3">
          <th scope="col" className="py-0.5 pr-4 font-normal">
            {isSame ? `Next (${zone})` : `Next in ${zone}`}
          </th>
          {isSame ? null : (
            <th scope="col" className="py-0.5 font-normal">
              For you
            </th>
          )}
        </tr>
      </thead>
      <tbody className="tabular-nums">
        {rows.map((row) => (
          <tr key={row.time}>
            <td className="py-0.5 pr-4">
              <time dateTime={row.time}>{row.there}</time>
            </td>
            {isSame ? null : <td className="py-0.5 text-ink-2">{row.here}</td>}
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** In the zone of this browser where it knows no other; the year and seconds only where they are needed. */
function formatOf(
  zone: string | undefined,
  { hasYears, hasSeconds }: { hasYears: boolean; hasSeconds: boolean },
): Intl.DateTimeFormat {
  const form: Intl.DateTimeFormatOptions = {
    weekday: 'short',
    day: 'numeric',
    month: 'short',
    ...(hasYears ? { year: 'numeric' } : {}),
    hour: '2-digit',
    minute: '2-digit',
    ...(hasSeconds ? { second: '2-digit' } : {}),
    hourCycle: 'h23',
  }
  try {
    return new Intl.DateTimeFormat('en-GB', { ...form, timeZone: zone })
  } catch {
    return new Intl.DateTimeFormat('en-GB', form)
  }
}
