import type { Diagnosis, DoctorReport } from '@optio/contract'
import { examineAgents } from './agents.ts'
import { examineDatabase } from './database.ts'
import { examineDisk } from './disk.ts'
import { examineGit } from './git.ts'
import { examineGithub } from './github.ts'
import { examineIsolation } from './isolation.ts'
import { examineNetwork } from './network.ts'
import { type Examine, problem, type Surroundings } from './surroundings.ts'
import { examineSystem } from './system.ts'

const AREAS: Readonly<Record<Diagnosis['area'], Examine | null>> = {
  system: examineSystem,
  git: examineGit,
  database: examineDatabase,
  disk: examineDisk,
  isolation: examineIsolation,
  network: async (surroundings) => [
    ...(await examineNetwork(surroundings)),
    ...(await examineGithub(surroundings)),
  ],
  // Told apart below: it says more than diagnoses.
  agents: null,
}

/** Looks at everything once, all areas at the same time (what takes longest is starting agents' programs). Never throws. */
export async function examine(surroundings: Surroundings): Promise<DoctorReport> {
  const areas = Object.entries(AREAS) as [Diagnosis['area'], Examine | null][]
  const [agents, ...others] = await Promise.all([
    examineAgents(surroundings).catch((error: unknown) => ({
      agents: [],
      diagnoses: [unlooked('agents', error)],
    })),
    ...areas.map(async ([area, look]) => {
      try {
        return (await look?.(surroundings)) ?? []
      } catch (error) {
        return [unlooked(area, error)]
      }
    }),
  ])
  const diagnoses = [...others.flat(), ...agents.diagnoses]
  return {
    ok: diagnoses.every(({ status }) => status !== 'problem'),
    version: surroundings.version,
    diagnoses,
    agents: agents.agents,
    checkedAt: new Date().toISOString(),
  }
}

/** What could not be looked at is not well. */
function unlooked(area: Diagnosis['area'], error: unknown): Diagnosis {
  const why = error instanceof Error ? error.message : String(error)
  const found = { id: area, area, title: area, detail: `It could not be looked at: ${why}` }
  return problem(found, 'Run `optio doctor` again; if it stays so, report it.')
}
