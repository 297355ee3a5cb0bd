export { TimeUp, withinTime } from './bounded.ts'
export * from './checks.ts'
export * from './claim-order.ts'
export * from './commands.ts'
export * from './cost.ts'
export * from './decide/decide.ts'
export { MAX_LOST_IN_A_ROW } from './decide/ended-attempt.ts'
export { leakWords, SECRET_IN_CHANGES } from './decide/leaks.ts'
export * from './decision.ts'
export * from './definitions.ts'
export * from './merge-policy.ts'
export * from './money.ts'
export { checkParamsSchema, type Params, type ParamsSchema, validateParams } from './params.ts'
export { BUILT_IN_TEMPLATES } from './prompts/built-in.ts'
export { type IssueWords, issuePrompt } from './prompts/issue.ts'
export { type KnownVariable, variablesOf } from './prompts/known-variables.ts'
export { type PromptRequest, templateKindOf } from './prompts/request.ts'
export { usefulTail } from './prompts/useful-tail.ts'
export * from './prompts.ts'
export * from './pull-request.ts'
export * from './review-verdict.ts'
export * from './reviews.ts'
export * from './run-state.ts'
export * from './schedule.ts'
export * from './snapshot.ts'
export {
  checkTemplate,
  type RenderOptions,
  renderTemplate,
  renderTitle,
  templateNames,
  type Variables,
} from './templates/render.ts'
export { oneLine } from './text.ts'
export * from './texts/issue-comments.ts'
export * from './texts/own-review-text.ts'
export { type PullRequestFactsForText, pullRequestText } from './texts/pull-request-text.ts'
export * from './texts/thread-answer.ts'
export * from './threads.ts'
