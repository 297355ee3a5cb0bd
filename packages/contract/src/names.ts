/** Names and numbers that schemas and their readers share. Nothing here makes a schema, so that pages get them without any. */

export const AGENT_TYPES = [
  'claude-code',
  'codex',
  'copilot',
  'gemini',
  'opencode',
  'acp',
  'command',
] as const
export type AgentType = (typeof AGENT_TYPES)[number]

export const TASK_STATES = [
  'pending',
  'waiting_on_deps',
  'queued',
  'provisioning',
  'running',
  'pr_opened',
  'needs_attention',
  'completed',
  'failed',
  'cancelled',
] as const

/** Whom or what an unfinished task waits for. */
export const WAITING_ON = [
  'nothing',
  'agent',
  'capacity',
  'backoff',
  'dependency',
  'subtask',
  'review',
  'effect',
  'check',
  'forge',
  'person',
] as const

export const LOG_TYPES = ['text', 'tool_use', 'tool_result', 'thinking', 'system', 'error', 'info'] as const

export const MERGE_METHODS = ['squash', 'merge', 'rebase'] as const

/** Close codes of every WebSocket. */
export const SOCKET_CLOSE = {
  UNAUTHORIZED: 4401,
  FORBIDDEN: 4403,
  NOT_FOUND: 4404,
  CONFLICT: 4409,
  TOO_MANY: 4429,
} as const

export const PROMPT_TEMPLATE_KINDS = [
  'prompt',
  'ci_fix',
  'review_fix',
  'conflict_fix',
  'review',
  'job',
  'task',
] as const

/** When a review of a pull request is started. */
export const REVIEW_TRIGGERS = ['manual', 'on_pr', 'on_ci_pass'] as const

/** Who may cause work by a label, a review or a comment on the forge: those who can write to the repository, or anybody. */
export const REQUESTS_FROM = ['writers', 'anyone'] as const

export const TASK_KINDS = ['repo-task', 'repo-blueprint', 'standalone'] as const

export const TRIGGER_TYPES = ['manual', 'schedule', 'webhook', 'ticket'] as const

/** Label that hands an issue to Optio. */
export const OPTIO_LABEL = { name: 'optio', color: '6d28d9' } as const
