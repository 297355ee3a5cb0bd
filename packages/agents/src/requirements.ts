/**
 * What an agent type needs of the machine, said once: launching passes on only what is named here, and `optio doctor` looks
 * for it.
 */
export interface AgentRequirements {
  readonly agentType: string
  /** Name people know it by. */
  readonly title: string
  /** Program that must be found on the server's PATH; null when the repository names it. */
  readonly program: string | null
  /** Arguments with which the program prints its version and ends. */
  readonly versionArgs: readonly string[]
  /** Versions it was tried with, oldest first. */
  readonly testedVersions: readonly string[]
  /** Oldest version that understands what Optio asks of it; null when any does. */
  readonly minVersion: string | null
  /** Credentials it takes, the preferred first; one is enough. Empty when it needs none. */
  readonly credentials: readonly CredentialVariable[]
  /** Where the program keeps a login of its own; null when it has none. */
  readonly login: AgentLogin | null
  /** How its credentials are recognised in a text: how they begin, and how many letters, digits, `_` and `-` follow at least. */
  readonly secretForm: { readonly prefix: string; readonly least: number } | null
  /** Variables of Optio's own environment, none of them a secret, that are passed on when they are set. */
  readonly settings: readonly string[]
  /** How it is installed: a command a person can run. */
  readonly install: string | null
  /** How a person logs in, a sentence. */
  readonly loginRemedy: string | null
}

export interface CredentialVariable {
  readonly variable: string
  readonly kind: 'api_key' | 'oauth_token' | 'bearer_token'
}

export interface AgentLogin {
  /** File with the login, below the user's home directory. */
  readonly file: string
  /** Variable that names another directory for that file; null when there is none. */
  readonly directoryVariable: string | null
  /** Variable in which the short-lived access token of the login is given to the agent. */
  readonly passedAs: string
  /** Where in the file (JSON) the access token is, when it expires (milliseconds since the epoch), and what renews it. */
  readonly accessToken: readonly string[]
  readonly expiresAt: readonly string[]
  readonly refreshToken: readonly string[]
}

/** Where model requests go through, and whom TLS trusts: every agent that talks to a model may need these. */
const NETWORK_SETTINGS = [
  'HTTP_PROXY',
  'HTTPS_PROXY',
  'NO_PROXY',
  'http_proxy',
  'https_proxy',
  'no_proxy',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
] as const

/** What agents of each type need. */
export const AGENT_REQUIREMENTS: readonly AgentRequirements[] = [
  {
    agentType: 'claude-code',
    title: 'Claude Code',
    program: 'claude',
    versionArgs: ['--version'],
    testedVersions: ['2.1.197'],
    minVersion: '2.1.0',
    credentials: [
      { variable: 'ANTHROPIC_API_KEY', kind: 'api_key' },
      { variable: 'CLAUDE_CODE_OAUTH_TOKEN', kind: 'oauth_token' },
      { variable: 'ANTHROPIC_AUTH_TOKEN', kind: 'bearer_token' },
    ],
    login: {
      file: '.claude/.credentials.json',
      directoryVariable: 'CLAUDE_CONFIG_DIR',
      passedAs: 'CLAUDE_CODE_OAUTH_TOKEN',
      accessToken: ['claudeAiOauth', 'accessToken'],
      expiresAt: ['claudeAiOauth', 'expiresAt'],
      refreshToken: ['claudeAiOauth', 'refreshToken'],
    },
    secretForm: { prefix: 'sk-ant-', least: 16 },
    settings: ['ANTHROPIC_BASE_URL', 'ANTHROPIC_MODEL', ...NETWORK_SETTINGS],
    install: 'npm install -g @anthropic-ai/claude-code',
    loginRemedy:
      'Save the secret ANTHROPIC_API_KEY (Settings, or `optio secret set ANTHROPIC_API_KEY`), or CLAUDE_CODE_OAUTH_TOKEN with what `claude setup-token` prints. Or log in by running `claude` once as the user that runs Optio.',
  },
  {
    agentType: 'command',
    title: 'A program of your own',
    program: null,
    versionArgs: [],
    testedVersions: [],
    minVersion: null,
    credentials: [],
    login: null,
    secretForm: null,
    settings: [],
    install: null,
    loginRemedy: null,
  },
]

/** What agents of a type need; null when there is no such type. */
export function requirementsOf(agentType: string): AgentRequirements | null {
  return AGENT_REQUIREMENTS.find((requirements) => requirements.agentType === agentType) ?? null
}
