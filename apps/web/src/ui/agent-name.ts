/** Agents as people call them. */
const NAMES: Readonly<Record<string, string>> = {
  'claude-code': 'Claude Code',
  codex: 'Codex',
  copilot: 'Copilot',
  gemini: 'Gemini',
  opencode: 'OpenCode',
  acp: 'ACP agent',
  command: 'Own command',
}

export function agentName(type: string): string {
  return NAMES[type] ?? type
}

/** How an agent is logged in, in words; empty when it needs no login. */
export function loginWords(login: string | null): string {
  switch (login) {
    case 'api_key':
      return 'with an API key'
    case 'oauth_token':
      return 'with an OAuth token'
    case 'login':
      return 'with its own login'
    default:
      return login ?? ''
  }
}
