import { bootId, identifyProcess, isProcessAlive, type ProcessIdentity, pidNamespace } from '@optio/runtimes'

/** `unknown`: it lives, or lived, in another pid namespace of this boot, where this process cannot look. */
export type Liveness = 'alive' | 'dead' | 'unknown'

/** The identity of this very process. */
export function ownIdentity(): ProcessIdentity {
  const own = identifyProcess(process.pid)
  if (own === null) throw new Error('This process cannot find itself in the process table. Is /proc mounted?')
  return own
}

/** Whether exactly that process still runs: not a zombie, and not another one that got its pid. */
export function livenessOf(identity: ProcessIdentity): Liveness {
  if (identity.bootId !== bootId()) return 'dead'
  if (identity.pidNamespace !== pidNamespace()) return 'unknown'
  return isProcessAlive(identity) ? 'alive' : 'dead'
}

/** True while the pid belongs to a process that runs (not a zombie). For a pid that nobody else can have got meanwhile. */
export function isRunning(pid: number): boolean {
  return identifyProcess(pid) !== null
}
