import { OptioError } from '@optio/contract'
import type { Answered, Forge, ForgeIssues, RepositoryRef } from '@optio/forges'
import { redact, redactJson } from './process-redactor.ts'

/**
 * The forge, with every secret this process knows taken out of what is said there, before it is sent, and out of what comes from there
 * and is stored or shown. Files, branches and commits pass as they are: those are searched before they are published.
 */
export function redactingForge(forge: Forge): Forge {
  return {
    ...forge,
    openPullRequest: (repository, request) =>
      inWords(() =>
        forge.openPullRequest(repository, {
          ...request,
          title: redact(request.title),
          body: redact(request.body),
        }),
      ),
    review: (repository, number, review) =>
      inWords(async () =>
        redactJson(
          await forge.review(repository, number, {
            ...review,
            body: redact(review.body),
            comments: redactJson(review.comments),
          }),
        ),
      ),
    observe: (repository, number) => inWords(async () => redactJson(await forge.observe(repository, number))),
    details: (repository, number) => inWords(async () => redactJson(await forge.details(repository, number))),
    filePatch: (repository, number, path) =>
      inWords(async () => redactJson(await forge.filePatch(repository, number, path))),
    ...optional(forge),
  }
}

/** What only some forges do. */
function optional(forge: Forge): Partial<Forge> {
  const { observeMany, answerThread, pullRequestTemplate, issues } = forge
  return {
    ...(observeMany === undefined
      ? {}
      : { observeMany: async (asked) => (await observeMany.call(forge, asked)).map(redactAnswer) }),
    ...(answerThread === undefined
      ? {}
      : {
          answerThread: (repository, number, answer) =>
            inWords(() =>
              answerThread.call(forge, repository, number, { ...answer, body: redact(answer.body) }),
            ),
        }),
    ...(pullRequestTemplate === undefined
      ? {}
      : {
          pullRequestTemplate: (repository: RepositoryRef) =>
            inWords(async () => redactJson(await pullRequestTemplate.call(forge, repository))),
        }),
    ...(issues === undefined ? {} : { issues: redactingIssues(issues) }),
  }
}

function redactingIssues(issues: ForgeIssues): ForgeIssues {
  return {
    ...issues,
    async *changed(repository, options) {
      for await (const page of issues.changed(repository, options)) yield redactJson(page)
    },
    get: (repository, number) => inWords(async () => redactJson(await issues.get(repository, number))),
    conversation: (repository, number) =>
      inWords(async () => redactJson(await issues.conversation(repository, number))),
    comment: (repository, number, remark) =>
      inWords(() => issues.comment(repository, number, { ...remark, body: redact(remark.body) })),
  }
}

function redactAnswer(answered: Answered): Answered {
  return 'observation' in answered ? redactJson(answered) : { error: clean(answered.error) }
}

async function inWords<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    throw clean(error)
  }
}

/** Errors for people; what any other says goes into the log, which is redacted as a whole. */
function clean(error: unknown): unknown {
  if (!(error instanceof OptioError) || redact(error.message) === error.message) return error
  return new OptioError(error.code, redact(error.message), { details: redactJson(error.details) })
}
