import type { LucideIcon } from 'lucide-react'
import { useEffect, useRef, useSyncExternalStore } from 'react'

/** Something a person can have done from the command palette. */
export interface Command {
  /** Unique among all that are offered at a time: `task.cancel`. */
  readonly id: string
  /** As a verb: "Cancel this task". */
  readonly title: string
  /** Heading it stands under; those of the page come first. */
  readonly group?: string
  /** Other words people look for it by. */
  readonly keywords?: readonly string[]
  readonly icon?: LucideIcon
  /** Keys that do the same, as shortcuts spell them. */
  readonly keys?: string
  readonly run: () => void
}

/** Sets of commands, the latest first: what a page offers stands above what is always there. */
let sets: readonly (readonly Command[])[] = []
const watchers = new Set<() => void>()

function change(next: readonly (readonly Command[])[]): void {
  sets = next
  for (const watcher of watchers) watcher()
}

/** All commands that are offered now. */
export function useAllCommands(): readonly (readonly Command[])[] {
  return useSyncExternalStore(
    (watcher) => {
      watchers.add(watcher)
      return () => watchers.delete(watcher)
    },
    () => sets,
  )
}

/**
 * Offers commands in the palette while the component is shown. The list may be made anew each time; what runs is always the
 * latest of the same id.
 */
export function useCommands(commands: readonly Command[]): void {
  const latest = useRef(commands)
  useEffect(() => {
    latest.current = commands
  })
  const names = commands.map(({ id, title }) => `${id} ${title}`).join('\n')
  // biome-ignore lint/correctness/useExhaustiveDependencies: `names` says when another set is offered
  useEffect(() => {
    const set = latest.current.map((command) => ({
      ...command,
      run: () => latest.current.find(({ id }) => id === command.id)?.run(),
    }))
    change([set, ...sets])
    return () => change(sets.filter((each) => each !== set))
  }, [names])
}
