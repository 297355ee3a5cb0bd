import type { Diagnosis } from '@optio/contract'
import type { IsolationReport } from '@optio/runtimes'
import type { Config } from '../../config.ts'
import type { Database } from '../../database/connection.ts'
import type { Github } from '../github/service.ts'
import type { SecretService } from '../secrets/service.ts'

/** What a doctor looks at: the same for a server that examines itself and for a program that runs beside it, or without one. */
export interface Surroundings {
  readonly config: Pick<
    Config,
    'host' | 'port' | 'dataDir' | 'databaseUrl' | 'encryptionKey' | 'minFreeBytes'
  >
  /** Variables of Optio, with the PATH that agents get. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly home: string
  readonly version: string
  readonly isolation: () => Promise<IsolationReport>
  /** The server that examines itself; null for a program that is none. */
  readonly server: {
    readonly database: Database
    readonly secrets: Pick<SecretService, 'resolve' | 'keys'>
    /** Left out where GitHub is asked by hand. */
    readonly github?: Pick<Github, 'account'>
    readonly url: string
  } | null
}

/** Looks at one area. A failure of the look itself is told by who called it. */
export type Examine = (surroundings: Surroundings) => Promise<Diagnosis[]>

type Found = Pick<Diagnosis, 'id' | 'area' | 'title' | 'detail'>

export function well(found: Found): Diagnosis {
  return { ...found, status: 'ok', remedy: null }
}

export function off(found: Found, remedy: string | null): Diagnosis {
  return { ...found, status: 'off', remedy }
}

export function warning(found: Found, remedy: string): Diagnosis {
  return { ...found, status: 'warning', remedy }
}

export function problem(found: Found, remedy: string): Diagnosis {
  return { ...found, status: 'problem', remedy }
}
