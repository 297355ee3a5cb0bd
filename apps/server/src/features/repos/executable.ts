import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join } from 'node:path'

/**
 * Where the program of an argv is: an absolute path that can be executed, or a bare name found on `path` (the server's PATH). Null
 * when there is none. A relative path is none: it would be looked for in the agent's clone, where anybody may have put it.
 */
export async function findExecutable(program: string, path: string): Promise<string | null> {
  if (isAbsolute(program)) return (await isExecutable(program)) ? program : null
  if (program.includes('/')) return null
  for (const directory of path.split(delimiter)) {
    if (!isAbsolute(directory)) continue
    const candidate = join(directory, program)
    if (await isExecutable(candidate)) return candidate
  }
  return null
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK)
    return (await stat(path)).isFile()
  } catch {
    return false
  }
}
