import { OptioError } from '@optio/contract'
import { type Answered, type Forge, type ForgeIssues, NoAnswer, type RepositoryRef } from '@optio/forges'
import { redact, redactJson } from './process-redactor.ts'
import {
  redactDetails,
  redactIssue,
  redactObservation,
  redactPage,
  redactPatch,
  redactRemarks,
  redactReview,
} from './redacted-facts.ts'

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
      inWords(async () => redactReview(await forge.review(repository, number, redactReview(review)))),
    observe: (repository, number) =>
      inWords(async () => redactObservation(await forge.observe(repository, number))),
    details: (repository, number) =>
      inWords(async () => redactDetails(await forge.details(repository, number))),
    filePatch: (repository, number, path) =>
      inWords(async () => {
        const file = await forge.filePatch(repository, number, path)
        return file === null ? null : redactPatch(file)
      }),
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
            inWords(async () => {
              const template = await pullRequestTemplate.call(forge, repository)
              return template === null ? null : redact(template)
            }),
        }),
    ...(issues === undefined ? {} : { issues: redactingIssues(issues) }),
  }
}

function redactingIssues(issues: ForgeIssues): ForgeIssues {
  return {
    ...issues,
    async *changed(repository, options) {
      try {
        for await (const page of issues.changed(repository, options)) yield redactPage(page)
      } catch (error) {
        throw clean(error)
      }
    },
    get: (repository, number) => inWords(async () => redactIssue(await issues.get(repository, number))),
    conversation: (repository, number) =>
      inWords(async () => redactRemarks(await issues.conversation(repository, number))),
    comment: (repository, number, remark) =>
      inWords(() => issues.comment(repository, number, { ...remark, body: redact(remark.body) })),
  }
}

function redactAnswer(answered: Answered): Answered {
  return 'observation' in answered
    ? { observation: redactObservation(answered.observation) }
    : { error: clean(answered.error) }
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
  if (!(error instanceof OptioError || error instanceof NoAnswer)) return error
  const message = redact(error.message)
  if (message === error.message) return error
  if (error instanceof NoAnswer) {
    return new NoAnswer(error.reason, message, { retryAt: error.retryAt, cause: error.cause })
  }
  return new OptioError(error.code, message, { details: redactJson(error.details) })
}
