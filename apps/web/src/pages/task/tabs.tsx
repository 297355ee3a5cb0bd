import type { Task } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import type { KeyboardEvent } from 'react'
import type { TaskTab } from '../../app/search.ts'
import { isAlone, isReview } from './acts.ts'

const NAMES: Readonly<Record<TaskTab, string>> = {
  output: 'Output',
  log: 'Log',
  changes: 'Changes',
  related: 'Related',
  talk: 'Talk',
  history: 'History',
}

/** Work without a repository changes nothing anywhere: what comes of it is its output. */
function tabsOf(task: Task): readonly TaskTab[] {
  if (isReview(task)) return ['output', 'log', 'talk', 'history']
  return isAlone(task)
    ? ['output', 'log', 'related', 'talk', 'history']
    : ['log', 'changes', 'related', 'talk', 'history']
}

/** The tab an address shows: the one it names, else what a person is to look at, else the log. */
export function chosenTab(named: TaskTab | undefined, line: number | undefined, task: Task): TaskTab {
  if (named !== undefined && tabsOf(task).includes(named)) return named
  if (isAlone(task) || isReview(task))
    return task.state === 'completed' && line === undefined ? 'output' : 'log'
  const waits = task.prNumber !== null && task.prState === 'open' && task.waitingOn === 'person'
  return waits && line === undefined ? 'changes' : 'log'
}

/** Tabs that are links: each has an address, and opens in another window like any. */
export function TaskTabs({ taskId, task, tab }: { taskId: string; task: Task; tab: TaskTab }) {
  const tabs = tabsOf(task)
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length]
    const link = document.getElementById(`tab-${next}`)
    link?.focus()
    link?.click()
  }
  return (
    <div
      role="tablist"
      aria-label="Parts of the task"
      onKeyDown={onKeyDown}
      className="mt-6 flex gap-1 overflow-x-auto overflow-y-hidden border-b border-line"
    >
      {tabs.map((name) => (
        <Link
          key={name}
          id={`tab-${name}`}
          role="tab"
          aria-selected={name === tab}
          aria-controls={name === tab ? 'tab-content' : undefined}
          tabIndex={name === tab ? 0 : -1}
          to="/tasks/$taskId"
          params={{ taskId }}
          search={{ tab: name }}
          resetScroll={false}
          className="border-b-2 border-transparent px-2.5 py-2 whitespace-nowrap sm:px-3 font-medium text-ink-2 hover:text-ink aria-selected:border-accent aria-selected:text-accent"
        >
          {name === 'output' && isReview(task) ? 'Verdict' : NAMES[name]}
          {name === 'changes' && task.prNumber !== null ? (
            <span className="ml-1.5 text-ink-3 tabular-nums">#{task.prNumber}</span>
          ) : null}
        </Link>
      ))}
    </div>
  )
}
