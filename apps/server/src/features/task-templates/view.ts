import type { TaskTemplate } from '@optio/contract'
import type { TaskTemplateRow } from './queries.ts'

export function toTaskTemplate(row: TaskTemplateRow, repoUrl: string | null): TaskTemplate {
  return {
    id: row.id,
    name: row.name,
    title: row.title,
    prompt: row.prompt,
    repoUrl,
    agentType: row.agentType,
    priority: row.priority,
    metadata: row.metadata,
    createdBy: row.createdBy,
    workspaceId: row.workspaceId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
