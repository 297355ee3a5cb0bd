import { devNull } from 'node:os'

/**
 * Whose configuration git obeys.
 * - `own`: directories that Optio made. Nothing but that directory's own configuration and the settings below counts.
 * - `upstream`: reading a person's repository in place. Their system and global configuration is honoured (so that
 *   `safe.directory` works), but no hook, pager, file monitor or network transport is started.
 */
export type GitProfile = 'own' | 'upstream'

/**
 * Commands that `fetch` and `push` start on the other side, a person's repository. Git runs them through `sh` with the
 * repository's quoted path appended, so they are constants: no data is ever put in. They undo the neutral configuration
 * of our side, because over there the person's configuration is the right one (`safe.directory`, their hooks on a push).
 */
export const UPSTREAM_UPLOAD_PACK =
  'unset GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_ATTR_NOSYSTEM; git upload-pack'
export const UPSTREAM_RECEIVE_PACK =
  'unset GIT_CONFIG_GLOBAL GIT_CONFIG_NOSYSTEM GIT_ATTR_NOSYSTEM GIT_ALLOW_PROTOCOL GIT_OPTIONAL_LOCKS; ' +
  'git -c receive.denyCurrentBranch=updateInstead -c submodule.recurse=false receive-pack'

/** The only variables that pass from Optio's own environment: no `GIT_*`, whatever a hook or a shell has set. */
const PASSED = ['PATH', 'HOME', 'TMPDIR', 'USER', 'LOGNAME', 'XDG_CONFIG_HOME', 'SUDO_UID'] as const

/* Settings of the command line win over every file. */
const NEVER: readonly string[] = [
  'core.hooksPath=/dev/null',
  'core.fsmonitor=false',
  'core.pager=cat',
  'gc.auto=0',
  'maintenance.auto=false',
  'submodule.recurse=false',
  'fetch.recurseSubmodules=false',
  'push.recurseSubmodules=no',
  'commit.gpgSign=false',
  'advice.detachedHead=false',
]
const NEVER_OWN: readonly string[] = [
  ...NEVER,
  'core.attributesFile=/dev/null',
  'core.excludesFile=/dev/null',
  'core.alternateRefsCommand=true',
  'core.sshCommand=false',
  'core.askPass=false',
]

/** The `-c` options of a profile, to stand before the subcommand. */
export function profileOptions(profile: GitProfile): string[] {
  return (profile === 'own' ? NEVER_OWN : NEVER).flatMap((setting) => ['-c', setting])
}

/** The whole environment of a git process. `extra` is set last. */
export function gitEnvironment(
  profile: GitProfile,
  extra: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const env: Record<string, string> = {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_TERMINAL_PROMPT: '0',
    GIT_EDITOR: 'false',
    GIT_PAGER: 'cat',
    GIT_OPTIONAL_LOCKS: '0',
    // Only local paths are spoken to: no `ext::`, no ssh, no http, also not through a submodule or a promisor remote.
    GIT_ALLOW_PROTOCOL: 'file',
    GIT_NO_LAZY_FETCH: '1',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
  for (const name of PASSED) {
    const value = process.env[name]
    if (value !== undefined && value !== '') env[name] = value
  }
  if (profile === 'own') {
    env.GIT_CONFIG_NOSYSTEM = '1'
    env.GIT_CONFIG_GLOBAL = devNull
    env.GIT_ATTR_NOSYSTEM = '1'
  }
  return { ...env, ...extra }
}
