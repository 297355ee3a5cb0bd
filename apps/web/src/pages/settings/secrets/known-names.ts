/** Names whose use Optio or an agent knows, with what they are for. */
const KNOWN: Readonly<Record<string, string>> = {
  GITHUB_TOKEN: 'Connects repositories at GitHub. Optio uses it; agents never get it.',
  GITHUB_WEBHOOK_SECRET:
    'Any long random text: GitHub signs its webhooks with it, so that Optio learns of changes at once.',
  ANTHROPIC_API_KEY: 'Lets Claude Code use the Anthropic API.',
  CLAUDE_CODE_OAUTH_TOKEN: 'Lets Claude Code use a Claude account; `claude setup-token` makes it.',
}

export const KNOWN_NAMES = Object.keys(KNOWN)

/** What a secret of this name is for; null for names of one's own. */
export function purposeOf(name: string): string | null {
  return Object.hasOwn(KNOWN, name) ? (KNOWN[name] ?? null) : null
}
