import type { EngineContext } from './context.ts'

/** Where people see a task, for texts that are read elsewhere. */
export function taskUrl({ config }: Pick<EngineContext, 'config'>, runId: string): string {
  return `${config.publicUrl ?? config.baseUrl()}/tasks/${runId}`
}
