import { buildPrompt, type PromptRequest, templateKindOf } from '@optio/core'
import { type Effective, readEffective } from '../../features/prompt-templates/effective.ts'
import type { EngineContext } from '../context.ts'
import { type PromptFacts, readPromptFacts } from './prompt-facts.ts'
import type { Supervised } from './supervised.ts'

/**
 * What the agent of an attempt is told: by the template that is effective for this kind of prompt. One that fails does not hold up the
 * work: then the agent is told in the built-in words, and the log of the run says so.
 */
export async function promptOf(
  context: EngineContext,
  supervised: Pick<Supervised, 'run' | 'repository' | 'attempt'>,
): Promise<string> {
  const { run, repository, attempt } = supervised
  const request = requestOf(await readPromptFacts(context, supervised))
  const kind = templateKindOf(run, attempt)
  const effective = await readEffective(context.database.orm, run.workspaceId, repository, kind)
  if (effective.source === 'built_in') return buildPrompt(request)
  try {
    return buildPrompt({ ...request, template: effective.template.template })
  } catch (error) {
    await tellFailure(context, supervised, effective, error)
    return buildPrompt(request)
  }
}

function requestOf({ run, repository, attempt, review, dependencies }: PromptFacts): PromptRequest {
  return {
    run: {
      kind: run.kind,
      id: run.id,
      title: run.title,
      prompt: run.prompt,
      branch: run.branch ?? review?.branch ?? '',
      baseRef: run.baseRef ?? review?.baseRef ?? repository?.defaultBranch ?? '',
      prNumber: review?.prNumber ?? run.prNumber,
      ticket: run.ticketExternalId,
    },
    attempt: {
      reason: attempt.reason,
      purpose: attempt.purpose,
      context: attempt.context,
      resumesSession: attempt.resumeSessionId !== null,
    },
    repository: repository && {
      name: repository.fullName,
      url: repository.repoUrl,
      autoMerge: repository.autoMerge,
      testCommand: repository.testCommand,
    },
    review,
    dependencies,
  }
}

async function tellFailure(
  context: EngineContext,
  { run, attempt }: Pick<Supervised, 'run' | 'attempt'>,
  { template }: Effective,
  error: unknown,
): Promise<void> {
  const why = error instanceof Error ? error.message : String(error)
  context.log.warn({ runId: run.id, templateId: template.id, err: error }, 'a prompt template failed')
  await context.database.transaction((tx) =>
    context.engineLog.append(tx, run, attempt.number, [
      {
        logType: 'error',
        content: `The template “${template.name}” (kind ${template.kind}) could not be used: ${why} The agent is told in Optio's own words instead.`,
      },
    ]),
  )
}
