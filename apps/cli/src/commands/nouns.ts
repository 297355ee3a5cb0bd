import type { Command } from 'commander'
import type { Act } from '../act.ts'

/** A word under which there are commands. */
export interface Noun {
  readonly name: string
  /** Another word for it. */
  readonly alias?: string
  readonly description: string
  /** Its commands, which are added to its own. */
  readonly load: () => Promise<(noun: Command, act: Act) => void>
}

export const NOUNS: readonly Noun[] = [
  {
    name: 'repo',
    description: 'connected repositories and their settings',
    load: async () => (await import('./repo.ts')).defineRepoCommands,
  },
  {
    name: 'task',
    description: 'tasks, their logs and their pull requests',
    load: async () => (await import('./task.ts')).defineTaskCommands,
  },
  {
    name: 'issue',
    description: 'issues of connected repositories, and tasks made of them',
    load: async () => (await import('./issue.ts')).defineIssueCommands,
  },
  {
    name: 'secret',
    alias: 'secrets',
    description: 'secrets of agents and of Optio, and the key they are encrypted with',
    load: async () => (await import('./secret.ts')).defineSecretCommands,
  },
  {
    name: 'github',
    description: 'how Optio stands with GitHub',
    load: async () => (await import('./github.ts')).defineGithubCommands,
  },
  {
    name: 'webhook',
    description: 'webhooks by which GitHub tells Optio at once of what happens',
    load: async () => (await import('./github.ts')).defineWebhookCommands,
  },
  {
    name: 'blueprint',
    description: 'definitions that tasks in a repository are made from',
    load: async () => (await import('./definition.ts')).defineBlueprintCommands,
  },
  {
    name: 'standalone',
    description: 'definitions of tasks without a repository',
    load: async () => (await import('./definition.ts')).defineStandaloneCommands,
  },
  {
    name: 'run',
    description: 'runs of blueprints and standalone tasks',
    load: async () => (await import('./run.ts')).defineRunCommands,
  },
  {
    name: 'trigger',
    description: 'what makes runs of blueprints and standalone tasks without anybody asking',
    load: async () => (await import('./trigger.ts')).defineTriggerCommands,
  },
  {
    name: 'template',
    description: 'what agents are told, in your words',
    load: async () => (await import('./template.ts')).definePromptTemplateCommands,
  },
  {
    name: 'task-template',
    description: 'tasks that are filled in beforehand',
    load: async () => (await import('./template.ts')).defineTaskTemplateCommands,
  },
]
