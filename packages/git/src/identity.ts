/** Who commits, as git's environment variables want it. */
export interface Signature {
  readonly name: string
  readonly email: string
  /** Seconds since the epoch. Commits Optio makes are written as UTC, so that the same input gives the same commit. */
  readonly seconds: number
}

/** Identity of the commits that Optio itself makes (merges). */
export const OPTIO_IDENTITY = { name: 'Optio', email: 'optio@localhost' } as const

/** Identity an agent's commits carry unless it sets its own. */
export const AGENT_IDENTITY = { name: 'Optio Agent', email: 'agent@optio.localhost' } as const

/**
 * Environment that makes a commit deterministic. Names come from commits of strangers: what git would refuse or cut
 * (control characters, angle brackets, nothing left) is replaced, so that no name can make a merge impossible.
 */
export function commitEnvironment(author: Signature, committer: Signature): Record<string, string> {
  return {
    GIT_AUTHOR_NAME: clean(author.name, OPTIO_IDENTITY.name),
    GIT_AUTHOR_EMAIL: clean(author.email, OPTIO_IDENTITY.email),
    GIT_AUTHOR_DATE: `@${Math.max(0, Math.trunc(author.seconds))} +0000`,
    GIT_COMMITTER_NAME: clean(committer.name, OPTIO_IDENTITY.name),
    GIT_COMMITTER_EMAIL: clean(committer.email, OPTIO_IDENTITY.email),
    GIT_COMMITTER_DATE: `@${Math.max(0, Math.trunc(committer.seconds))} +0000`,
  }
}

function clean(text: string, fallback: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
  const kept = text.replace(/[\u0000-\u001f\u007f<>]/g, ' ').trim()
  // git strips these from both ends and refuses a name of which nothing is left.
  return /[^\s.,:;"'\\]/.test(kept) ? kept.slice(0, 200) : fallback
}
