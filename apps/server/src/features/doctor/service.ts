import type { DoctorReport } from '@optio/contract'
import { examine } from './examine.ts'
import type { Surroundings } from './surroundings.ts'

/** A report is as good as new for so long: a look starts programs. */
const FRESH_MS = 30_000

export interface DoctorService {
  report(): Promise<DoctorReport>
}

/** Looks when asked, once for all who ask at the same time and shortly after. */
export function createDoctorService(surroundings: Surroundings, now: () => number = Date.now): DoctorService {
  let last: { readonly at: number; readonly report: Promise<DoctorReport> } | null = null
  return {
    report() {
      if (last === null || now() - last.at >= FRESH_MS) last = { at: now(), report: examine(surroundings) }
      return last.report
    },
  }
}
