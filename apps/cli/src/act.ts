import type { Command } from 'commander'
import type { Cli } from './cli.ts'

/** What an action does: gets the arguments, the options and the command. A number that it answers is the exit code; anything else is 0. */
// biome-ignore lint/suspicious/noExplicitAny: what an action is given is what its command declares
export type Action = (cli: Cli, ...given: any[]) => Promise<unknown>

/**
 * Turns a lazily loaded action into one for commander. Loaded lazily, so that help and a typing error cost nothing, and no command
 * loads what only another one needs.
 */
export type Act = (load: () => Promise<Action>, options?: { readonly interruptible?: boolean }) => ActionOf

export type ActionOf = (this: Command, ...given: unknown[]) => Promise<void>
