import type { EffectiveTemplate } from '@optio/contract'
import { BUILT_IN_TEMPLATES, type PromptTemplateKind } from '@optio/core'
import type { Queries } from '../../database/connection.ts'
import type { RepositoryRow } from '../../engine/read-run.ts'
import { findDefault } from './queries.ts'

export type Effective = Pick<EffectiveTemplate, 'template' | 'source'>

/**
 * The template that agents are given for this kind of prompt: what the repository's settings say, else the default of the repository,
 * else the default for all, else Optio's own. `repository` is null for runs without one.
 */
export async function readEffective(
  db: Queries,
  workspaceId: string,
  repository: Pick<RepositoryRow, 'id' | 'promptTemplateOverride' | 'reviewPromptTemplate'> | null,
  kind: PromptTemplateKind,
): Promise<Effective> {
  const setting = repository === null ? null : settingOf(repository, kind)
  if (setting !== null) {
    return {
      template: { id: null, name: 'Setting of the repository', kind, template: setting },
      source: 'repository_setting',
    }
  }
  if (repository !== null) {
    const own = await findDefault(db, { workspaceId, kind, repositoryId: repository.id })
    if (own !== null) return { template: own, source: 'repository' }
  }
  const general = await findDefault(db, { workspaceId, kind, repositoryId: null })
  if (general !== null) return { template: general, source: 'workspace' }
  return {
    template: { id: null, name: 'Built in', kind, template: BUILT_IN_TEMPLATES[kind] },
    source: 'built_in',
  }
}

function settingOf(
  repository: Pick<RepositoryRow, 'promptTemplateOverride' | 'reviewPromptTemplate'>,
  kind: PromptTemplateKind,
): string | null {
  if (kind === 'prompt') return repository.promptTemplateOverride
  return kind === 'review' ? repository.reviewPromptTemplate : null
}
