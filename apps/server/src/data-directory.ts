import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'

/** `OPTIO_DATA_DIR`, else the user's data directory by the XDG convention. */
export function dataDirectory(env: Readonly<Record<string, string | undefined>>): string {
  if (env.OPTIO_DATA_DIR) return resolve(env.OPTIO_DATA_DIR)
  const base =
    env.XDG_DATA_HOME && isAbsolute(env.XDG_DATA_HOME)
      ? env.XDG_DATA_HOME
      : join(homedir(), '.local', 'share')
  return join(base, 'optio')
}
