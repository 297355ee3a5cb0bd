interface NextTimesProps {
  readonly times: readonly string[]
  /** IANA name of the zone the schedule is in. */
  readonly zone: string
}

/** The next times of a schedule, in its zone and, where that is another, in that of this browser. */
export function NextTimes({ times, zone }: NextTimesProps) {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone
  const theirs = formatOf(zone)
  const isSame = theirs === null || times.every((time) => clockAt(time, zone) === clockAt(time, own))
  if (times.length === 0) return <p className="text-ink-2">It is due at no time to come.</p>
  return (
    <table className="w-full max-w-xl text-xs">
      <caption className="sr-only">The next times</caption>
      <thead>
        <tr className="text-left text-ink-3">
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
        {times.map((time) => {
          const at = new Date(time)
          return (
            <tr key={time}>
              <td className="py-0.5 pr-4">
                <time dateTime={time}>{(theirs ?? LOCAL).format(at)}</time>
              </td>
              {isSame ? null : <td className="py-0.5 text-ink-2">{LOCAL.format(at)}</td>}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const FORM = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
} as const

const LOCAL = new Intl.DateTimeFormat('en-GB', FORM)

/** Null for a zone this browser does not know. */
function formatOf(zone: string): Intl.DateTimeFormat | null {
  try {
    return new Intl.DateTimeFormat('en-GB', { ...FORM, timeZone: zone })
  } catch {
    return null
  }
}

/** What a clock there shows at that moment. */
function clockAt(time: string, zone: string): string {
  return formatOf(zone)?.format(new Date(time)) ?? ''
}
