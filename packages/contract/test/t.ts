import { createClient, type CallInput, type Routes } from '../src/index.ts'
const c = createClient({ baseUrl: '' })
export const a: CallInput<Routes['logs']['list']> = { params: { id: '' }, query: { after: 1 } }
export const b: CallInput<Routes['tasks']['list']> = { query: { limit: 1, state: 'queued' } }
void c.tasks.list()
void c.tasks.list({ query: { state: ['queued'] } })
void c.tasks.create({ body: { prompt: 'x' } })
void c.tasks.cancel({ params: { id: '' } })
void c.tasks.resume({ params: { id: '' }, body: { prompt: 'x' } })
void c.repos.connect({ body: { repoUrl: '/x', agentCommand: ['a'] } }).then(({ repo }) => repo.id)
// @ts-expect-error a body is needed
void c.tasks.create()
export const q: Routes['logs']['list']['query'] extends import('zod').ZodType ? 1 : 2 = 1
