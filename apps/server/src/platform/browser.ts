import { spawn } from 'node:child_process'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The program that opens an address on this machine's desktop; null where there is none to look at it: over SSH, in CI, without a
 * display.
 */
export function browserCommand(
  env: Environment,
  platform: NodeJS.Platform = process.platform,
): string | null {
  if (env.CI || env.SSH_CONNECTION || env.SSH_TTY) return null
  if (platform === 'darwin') return 'open'
  return env.DISPLAY || env.WAYLAND_DISPLAY ? 'xdg-open' : null
}

/** Opens an address of ours in the default browser, where there is one; never fails. Answers whether it was tried. */
export async function openInBrowser(url: string, env: Environment): Promise<boolean> {
  const program = browserCommand(env)
  if (program === null) return false
  return await new Promise((resolve) => {
    const child = spawn(program, [url], { stdio: 'ignore', detached: true })
    child.once('spawn', () => {
      child.unref()
      resolve(true)
    })
    child.once('error', () => resolve(false))
  })
}
