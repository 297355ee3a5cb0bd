import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import type { EnvironmentPaths } from './workspace.ts'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

/** The directories below the data directory that hold repositories. */
export interface Layout {
  mirror(repositoryId: string): string
  environment(runId: string): EnvironmentPaths
  /** What Optio remembers of an environment, outside of what the agent can write to. */
  record(runId: string): string
  /** Environments that were set aside: `<runId>-<n>`. */
  readonly kept: string
  checkout(checkoutId: string): string
  /** Short-lived directories, named after the process that made them. */
  readonly scratch: string
}

/** Directories of Optio's own below `dataDir`: never accepted as a repository to connect, and hidden from agents. */
export function workspaceDirectories(dataDir: string): string[] {
  return ['mirrors', 'environments', 'checkouts', 'scratch'].map((name) => join(dataDir, name))
}

export function layoutOf(dataDir: string): Layout {
  const environments = join(dataDir, 'environments')
  return {
    mirror: (repositoryId) => join(dataDir, 'mirrors', `${id(repositoryId)}.git`),
    environment: (runId) => {
      const root = join(environments, id(runId))
      return {
        root,
        clone: join(root, 'clone'),
        home: join(root, 'home'),
        tmp: join(root, 'tmp'),
        stepDir: (attempt, name) =>
          join(root, 'steps', positive(attempt), ...(name === '' ? [] : [plain(name)])),
      }
    },
    record: (runId) => join(environments, '.records', `${id(runId)}.json`),
    kept: join(environments, '.kept'),
    checkout: (checkoutId) => join(dataDir, 'checkouts', id(checkoutId)),
    scratch: join(dataDir, 'scratch'),
  }
}

/** An id becomes part of a path only when it is a UUID. */
function id(text: string): string {
  if (!UUID.test(text)) throw new OptioError('VALIDATION', `${JSON.stringify(text)} is not an id.`)
  return text
}

function positive(attempt: number): string {
  if (!Number.isSafeInteger(attempt) || attempt < 0) {
    throw new OptioError('VALIDATION', `${attempt} is not the number of an attempt.`)
  }
  return String(attempt)
}

function plain(name: string): string {
  if (!/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/.test(name)) {
    throw new OptioError('VALIDATION', `${JSON.stringify(name)} cannot be the name of a step.`)
  }
  return name
}
