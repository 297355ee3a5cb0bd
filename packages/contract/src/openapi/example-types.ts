import type { z } from 'zod'
import type { Route } from '../route.ts'
import type { Routes } from '../routes.ts'

type Given<T> = T extends z.ZodType ? { readonly body: z.input<T> } : unknown
type Answered<T> = T extends z.ZodType ? { readonly answer: z.input<T> } : unknown

/** What is sent, where something can be, and what comes back, where that is JSON. */
export type RouteExample<R extends Route> = Partial<Given<R['body']>> & Answered<R['answer']>

export type Examples = {
  readonly [G in keyof Routes]: {
    readonly [N in keyof Routes[G]]: Routes[G][N] extends Route ? RouteExample<Routes[G][N]> : never
  }
}
