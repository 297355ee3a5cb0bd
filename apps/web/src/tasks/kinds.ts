import { FolderGit2, type LucideIcon, Sparkles } from 'lucide-react'
import type { Definition } from '../api/queries.ts'

interface KindWords {
  readonly name: string
  readonly plural: string
  readonly icon: LucideIcon
  /** What it is, for somebody who has not heard of it. */
  readonly what: string
  /** What one of its executions is called. */
  readonly run: string
}

export const KINDS: Readonly<Record<Definition['type'], KindWords>> = {
  'repo-blueprint': {
    name: 'Blueprint',
    plural: 'Blueprints',
    icon: FolderGit2,
    what: 'Work in a repository that comes again: each run is a task with a branch and a pull request of its own.',
    run: 'task',
  },
  standalone: {
    name: 'Standalone task',
    plural: 'Standalone tasks',
    icon: Sparkles,
    what: 'Work without a repository: an agent starts in an empty directory, and its answer is the output.',
    run: 'run',
  },
}
