import type { PromptTemplate } from '@optio/contract'
import type { PromptTemplateRow } from './queries.ts'

export function toPromptTemplate(row: PromptTemplateRow, repoUrl: string | null): PromptTemplate {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    template: row.template,
    description: row.description,
    paramsSchema: row.paramsSchema,
    repoUrl,
    isDefault: row.isDefault,
    defaultAgentType: row.defaultAgentType,
    createdBy: row.createdBy,
    workspaceId: row.workspaceId,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}
