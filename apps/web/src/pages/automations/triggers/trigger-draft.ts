import type { CallInput, Routes, Trigger } from '@optio/contract'

export const TYPES = ['schedule', 'webhook', 'manual', 'ticket'] as const
export type TriggerType = (typeof TYPES)[number]

/** A trigger as it is typed. */
export interface TriggerDraft {
  readonly type: TriggerType
  readonly cronExpression: string
  readonly timezone: string
  readonly overlap: string
  readonly missed: string
  readonly path: string
  /** Empty: none, or the one it has. */
  readonly secret: string
  readonly source: string
  /** One a line. */
  readonly labels: string
  /** `parameter = path.in.the.payload`, one a line. */
  readonly mapping: string
}

/** What the fields of a form get. */
export interface TriggerFieldsProps {
  readonly draft: TriggerDraft
  readonly errors: Readonly<Record<string, string>>
  readonly change: (part: Partial<TriggerDraft>) => void
}

const OVERLAP: Readonly<Record<TriggerType, string>> = {
  schedule: 'skip',
  webhook: 'allow',
  manual: 'allow',
  ticket: 'allow',
}

/** What a trigger is before anybody typed. */
export function emptyDraft(type: TriggerType): TriggerDraft {
  return {
    type,
    cronExpression: '0 9 * * 1-5',
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    overlap: OVERLAP[type],
    missed: 'once',
    path: '',
    secret: '',
    source: '',
    labels: '',
    mapping: '',
  }
}

export function draftOf({ type, config, paramMapping }: Trigger): TriggerDraft {
  const read = (name: string, otherwise: string) => {
    const value = config[name]
    return typeof value === 'string' ? value : otherwise
  }
  return {
    type,
    cronExpression: read('cronExpression', ''),
    timezone: read('timezone', 'UTC'),
    overlap: read('overlap', OVERLAP[type]),
    missed: read('missed', 'once'),
    path: read('path', ''),
    secret: '',
    source: read('source', ''),
    labels: Array.isArray(config.labels) ? config.labels.join('\n') : '',
    mapping: Object.entries(paramMapping ?? {})
      .map(([name, path]) => `${name} = ${path}`)
      .join('\n'),
  }
}

type Body = NonNullable<CallInput<Routes['triggers']['create']>['body']>

interface ReadTrigger {
  readonly type: TriggerType
  readonly config: Readonly<Record<string, unknown>>
  readonly paramMapping: Readonly<Record<string, string>> | null
  /** What is wrong with what was typed, by field; the server says the rest. */
  readonly problems: Readonly<Record<string, string>>
}

export function readTrigger(draft: TriggerDraft): ReadTrigger {
  const { mapping, wrong } = readMapping(draft.mapping)
  return {
    type: draft.type,
    config: configOf(draft),
    paramMapping: Object.keys(mapping).length === 0 ? null : mapping,
    problems: wrong === null ? {} : { paramMapping: `“${wrong}” is not of the form name = path` },
  }
}

/** What is sent to make it. */
export function bodyOf({ type, config, paramMapping }: ReadTrigger): Body {
  return { type, config, paramMapping } as unknown as Body
}

function configOf(draft: TriggerDraft): Record<string, unknown> {
  const { overlap, missed } = draft
  switch (draft.type) {
    case 'schedule':
      return {
        cronExpression: draft.cronExpression.trim(),
        ...(draft.timezone.trim() === '' ? {} : { timezone: draft.timezone.trim() }),
        overlap,
        missed,
      }
    case 'webhook':
      return { path: draft.path.trim(), overlap, ...(draft.secret === '' ? {} : { secret: draft.secret }) }
    case 'ticket':
      return {
        source: draft.source.trim(),
        ...(draft.labels.trim() === '' ? {} : { labels: linesOf(draft.labels) }),
      }
    case 'manual':
      return {}
  }
}

function readMapping(typed: string): { mapping: Record<string, string>; wrong: string | null } {
  const entries = linesOf(typed).map((line) => [line, /^([^=]+?)\s*=\s*(\S.*)$/.exec(line)] as const)
  const wrong = entries.find(([, found]) => found === null)?.[0] ?? null
  const read = entries.flatMap(([, found]) => (found?.[1] && found[2] ? [[found[1], found[2]] as const] : []))
  return { mapping: Object.fromEntries(read), wrong }
}

function linesOf(typed: string): string[] {
  return typed
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

/** A key of 32 random bytes, as letters that need no quoting anywhere. */
export function newSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '')
}
