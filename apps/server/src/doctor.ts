import { homedir } from 'node:os'
import { join } from 'node:path'
import type { DoctorReport } from '@optio/contract'
import { createLocalRuntime } from '@optio/runtimes'
import { inheritedEnv, readConfig } from './config.ts'
import { examine } from './features/doctor/examine.ts'
import { VERSION } from './version.ts'

/** Looks at this machine as an Optio with this environment would find it, without being one: nothing is started that stays. */
export async function examineHere(env: NodeJS.ProcessEnv): Promise<DoctorReport> {
  const config = readConfig(env)
  const runtime = createLocalRuntime({ stateDir: join(config.dataDir, 'runtime'), orphanMs: config.orphanMs })
  return await examine({
    config,
    env: { ...env, ...inheritedEnv(env) },
    home: homedir(),
    version: VERSION,
    isolation: () => runtime.isolation(),
    server: null,
  })
}
