import { useQuery } from '@tanstack/react-query'
import { useId } from 'react'
import { queries } from '../../../api/queries.ts'
import { Field, Select, TextInput } from '../../../ui/field.tsx'
import { errorWords } from '../../../ui/notice.tsx'
import { plainText } from '../../../ui/plain-text.ts'
import { useDebounced } from '../../../ui/use-debounced.ts'
import { COMMON, cronWords } from './cron-words.ts'
import { NextTimes } from './next-times.tsx'
import type { TriggerFieldsProps } from './trigger-draft.ts'
import { MISSED, OVERLAPS } from './trigger-words.ts'

/** When it is due, with the times that come of it. */
export function ScheduleFields({ draft, errors, change }: TriggerFieldsProps) {
  const zones = useId()
  return (
    <>
      <Field label="How often">
        {(control) => (
          <Select
            {...control}
            value={COMMON.some(({ cron }) => cron === draft.cronExpression) ? draft.cronExpression : ''}
            onChange={(event) => event.target.value !== '' && change({ cronExpression: event.target.value })}
          >
            <option value="">As the cron expression says</option>
            {COMMON.map(({ label, cron }) => (
              <option key={cron} value={cron}>
                {label}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field
          label="Cron expression"
          error={errors.cronExpression ?? null}
          hint={
            cronWords(draft.cronExpression) ??
            'Minute, hour, day of month, month, day of week; or with seconds first.'
          }
        >
          {(control) => (
            <TextInput
              {...control}
              className="font-mono"
              autoComplete="off"
              spellCheck={false}
              value={draft.cronExpression}
              onChange={(event) => change({ cronExpression: event.target.value })}
            />
          )}
        </Field>
        <Field label="Time zone" error={errors.timezone ?? null} hint="Summer time is followed.">
          {(control) => (
            <TextInput
              {...control}
              list={zones}
              autoComplete="off"
              spellCheck={false}
              value={draft.timezone}
              onChange={(event) => change({ timezone: event.target.value })}
            />
          )}
        </Field>
        <datalist id={zones}>
          {ZONES.map((zone) => (
            <option key={zone} value={zone} />
          ))}
        </datalist>
      </div>
      <Preview cron={draft.cronExpression} zone={draft.timezone} />
      <div className="grid gap-4 sm:grid-cols-2">
        <Overlap draft={draft} errors={errors} change={change} />
        <Field label="Missed while Optio was down" error={errors.missed ?? null}>
          {(control) => (
            <Select
              {...control}
              value={draft.missed}
              onChange={(event) => change({ missed: event.target.value })}
            >
              {Object.entries(MISSED).map(([value, words]) => (
                <option key={value} value={value}>
                  {words}
                </option>
              ))}
            </Select>
          )}
        </Field>
      </div>
    </>
  )
}

export function Overlap({ draft, errors, change }: TriggerFieldsProps) {
  return (
    <Field label="While a run of it is unfinished" error={errors.overlap ?? null}>
      {(control) => (
        <Select
          {...control}
          value={draft.overlap}
          onChange={(event) => change({ overlap: event.target.value })}
        >
          {Object.entries(OVERLAPS).map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

const ZONES = ['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')]
const SETTLES = 300

function Preview({ cron, zone }: { cron: string; zone: string }) {
  const wanted = useDebounced(`${cron.trim()}\n${zone.trim()}`, SETTLES)
  const [cronExpression = '', timezone = ''] = wanted.split('\n')
  const { data, error } = useQuery({
    ...queries.schedulePreview(cronExpression, timezone),
    enabled: cronExpression !== '',
  })
  return (
    <div role="status" className="min-h-32 rounded-lg bg-sunken p-3">
      {cronExpression === '' ? (
        <p className="text-ink-3">The next times appear here.</p>
      ) : error ? (
        <p className="break-words text-bad">{plainText(errorWords(error))}</p>
      ) : data ? (
        <NextTimes times={data} zone={timezone === '' ? 'UTC' : timezone} />
      ) : (
        <p className="text-ink-3">Working out the next times…</p>
      )}
    </div>
  )
}
