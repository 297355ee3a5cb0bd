import type { z } from 'zod'
import type { Route } from '../route.ts'
import type { Routes } from '../routes.ts'

type Given<T> = T extends z.ZodType ? { readonly body: z.input<T> } : unknown
type Answered<T> = T extends z.ZodType
  ? {
      readonly answer: z.input<T>
      /** Of the statuses in `alsoStatus`. */
      readonly also?: Readonly<Record<number, z.input<T>>>
    }
  : unknown
/** By media type. */
type Files<T> = T extends 'stream' ? { readonly files: Readonly<Record<string, unknown>> } : unknown

/** What is sent, where something can be, and what comes back. */
export type RouteExample<R extends Route> = Partial<Given<R['body']>> &
  Answered<R['answer']> &
  Files<R['answer']>

export type Examples = {
  readonly [G in keyof Routes]: {
    readonly [N in keyof Routes[G]]: Routes[G][N] extends Route ? RouteExample<Routes[G][N]> : never
  }
}
