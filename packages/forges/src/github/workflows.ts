import { parse } from 'yaml'
import { isTaken } from './path-pattern.ts'

/** A file in `.github/workflows`, as far as it says what starts it. */
export interface Workflow {
  readonly path: string
  readonly name: string
  /** By event; null when the file can't be read, and then anything may start it. */
  readonly events: ReadonlyMap<string, EventFilter> | null
}

/** What is left out filters nothing. */
interface EventFilter {
  readonly branches?: readonly string[]
  readonly branchesIgnore?: readonly string[]
  readonly paths?: readonly string[]
  readonly pathsIgnore?: readonly string[]
  readonly types?: readonly string[]
  /** It asks for tags, and not for branches. */
  readonly tagsOnly: boolean
}

/** The pull request a workflow may start for. */
export interface StartFacts {
  readonly headRef: string
  readonly baseRef: string
  readonly headMessage: string
  /** Events whose workflows have begun: what starts by these has started. */
  readonly begun: ReadonlySet<string>
  /** Null when that is not known: then a filter of paths holds nothing back. */
  readonly changedFiles: readonly string[] | null
}

/** @param source null when it is no text, or too long. */
export function parseWorkflow(path: string, source: string | null): Workflow {
  const fallback = { path, name: path.split('/').at(-1) ?? path, events: null }
  if (source === null) return fallback
  try {
    const document: unknown = parse(source, { maxAliasCount: 50, logLevel: 'silent' })
    if (!isMapping(document)) return fallback
    const name = typeof document.name === 'string' && document.name !== '' ? document.name : fallback.name
    // Older parsers took the word `on` for the truth value.
    return { path, name, events: eventsOf(document.on ?? document.true) }
  } catch {
    return fallback
  }
}

function eventsOf(on: unknown): Workflow['events'] {
  if (typeof on === 'string') return new Map([[on, filterOf(null)]])
  if (Array.isArray(on)) {
    return new Map(on.filter((name) => typeof name === 'string').map((name) => [name, filterOf(null)]))
  }
  if (!isMapping(on)) return null
  return new Map(Object.entries(on).map(([name, value]) => [name, filterOf(value)]))
}

function filterOf(value: unknown): EventFilter {
  if (!isMapping(value)) return { tagsOnly: false }
  const lists = {
    branches: patternsOf(value.branches),
    branchesIgnore: patternsOf(value['branches-ignore']),
    paths: patternsOf(value.paths),
    pathsIgnore: patternsOf(value['paths-ignore']),
    types: patternsOf(value.types),
  }
  const given = Object.fromEntries(Object.entries(lists).filter(([, patterns]) => patterns !== null))
  const tags = value.tags !== undefined || value['tags-ignore'] !== undefined
  return { ...given, tagsOnly: tags && lists.branches === null && lists.branchesIgnore === null }
}

function patternsOf(value: unknown): readonly string[] | null {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((pattern) => typeof pattern === 'string') : null
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether what starts it hangs on which files changed. */
export function asksForFiles({ events }: Workflow): boolean {
  return STARTING.some((name) => {
    const filter = events?.get(name)
    return filter?.paths !== undefined || filter?.pathsIgnore !== undefined
  })
}

/**
 * Whether GitHub should start it yet for the head of this pull request: by the push of it, or by opening or changing the pull request. One
 * that cannot be read has begun once anything has.
 */
export function shouldStart(workflow: Workflow, facts: StartFacts): boolean {
  if (workflow.events === null) return facts.begun.size === 0
  const skipped = SKIP.test(facts.headMessage)
  return STARTING.some((name) => {
    const filter = workflow.events?.get(name)
    if (filter === undefined || facts.begun.has(name)) return false
    if (skipped && name !== 'pull_request_target') return false
    if (name === 'push' && filter.tagsOnly) return false
    if (name !== 'push' && filter.types !== undefined && !filter.types.some((type) => BEGIN.includes(type))) {
      return false
    }
    return takesBranch(filter, name === 'push' ? facts.headRef : facts.baseRef) && takesFiles(filter, facts)
  })
}

function takesBranch({ branches, branchesIgnore }: EventFilter, branch: string): boolean {
  if (branches !== undefined) return isTaken(branches, branch)
  return branchesIgnore === undefined || !isTaken(branchesIgnore, branch)
}

function takesFiles({ paths, pathsIgnore }: EventFilter, { changedFiles }: StartFacts): boolean {
  if (changedFiles === null) return true
  if (paths !== undefined) return changedFiles.some((file) => isTaken(paths, file))
  return pathsIgnore === undefined || !changedFiles.every((file) => isTaken(pathsIgnore, file))
}

const STARTING = ['push', 'pull_request', 'pull_request_target']

/** What happens to every pull request that is opened and pushed to. */
const BEGIN: readonly string[] = ['opened', 'synchronize', 'reopened']

/** Words in a commit's message by which nothing is started. */
const SKIP = /\[(?:skip ci|ci skip|no ci|skip actions|actions skip)\]|^skip-checks:\s*true\s*$/im
