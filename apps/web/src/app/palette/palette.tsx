import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Command as Cmdk } from 'cmdk'
import { FolderGit2, type LucideIcon, SquareTerminal } from 'lucide-react'
import { Dialog as Radix } from 'radix-ui'
import { useCallback, useEffect, useRef, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { useRepos } from '../../tasks/repo-names.ts'
import { plainLine } from '../../ui/plain-text.ts'
import { StateBadge } from '../../ui/state-badge.tsx'
import { useDebounced } from '../../ui/use-debounced.ts'
import { Keys } from '../keyboard/keys.tsx'
import { type Command, useAllCommands } from './commands.ts'

const ITEM =
  'flex cursor-pointer items-center gap-2.5 rounded-md px-2.5 py-2 data-[selected=true]:bg-accent-soft data-[selected=true]:text-accent'
const GROUP =
  '[&_[cmdk-group-heading]]:px-2.5 [&_[cmdk-group-heading]]:pt-3 [&_[cmdk-group-heading]]:pb-1 [&_[cmdk-group-heading]]:text-xs [&_[cmdk-group-heading]]:font-semibold [&_[cmdk-group-heading]]:text-ink-3'

/** How many tasks it finds: more are on the list of tasks. */
const FOUND = 8

/** Everything that can be gone to or done, found by typing. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState('')
  const list = useRef<HTMLDivElement>(null)
  // What the server finds comes later than the choice was made; if there was nothing to choose, now there is.
  const chooseIfNone = useCallback((value: string) => {
    if (list.current?.querySelector('[role=option][aria-selected=true]') === null) setChosen(value)
  }, [])
  const close = (act: () => void) => {
    onClose()
    act()
  }
  return (
    <Radix.Root open onOpenChange={(open) => !open && onClose()}>
      <Radix.Portal>
        <Radix.Overlay className="fixed inset-0 z-40 bg-black/45" />
        <Radix.Content
          aria-describedby={undefined}
          className="fixed top-[10vh] left-1/2 z-50 w-[min(38rem,calc(100vw-1.5rem))] -translate-x-1/2 overflow-hidden rounded-xl border border-line bg-surface shadow-xl"
        >
          <Radix.Title className="sr-only">Find and do</Radix.Title>
          <Cmdk label="Find and do" loop filter={fits} value={chosen} onValueChange={setChosen}>
            <Cmdk.Input
              value={text}
              onValueChange={setText}
              placeholder="Go to a page, find a task, do something…"
              className="h-12 w-full border-b border-line bg-transparent px-4 text-base text-ink outline-none placeholder:text-ink-3"
            />
            <Cmdk.List
              ref={list}
              className="max-h-[60vh] overflow-y-auto overscroll-contain p-1.5"
              label="What was found"
            >
              <Cmdk.Empty className="px-2.5 py-6 text-center text-ink-3">
                Nothing fits these words.
              </Cmdk.Empty>
              <Commands onRun={close} />
              <FoundTasks text={text} onRun={close} onFound={chooseIfNone} />
              <Repositories onRun={close} />
            </Cmdk.List>
          </Cmdk>
        </Radix.Content>
      </Radix.Portal>
    </Radix.Root>
  )
}

/** Every word has to be there; what begins with the first comes first. Guessing at letters in between finds too much. */
function fits(_id: string, search: string, keywords: string[] = []): number {
  const text = keywords.join('\n').toLowerCase()
  const words = search.toLowerCase().split(/\s+/)
  if (!words.every((word) => text.includes(word))) return 0
  return text.startsWith(words[0] ?? '') ? 1 : 0.5
}

type Run = { readonly onRun: (act: () => void) => void }

function Commands({ onRun }: Run) {
  const commands = useAllCommands().flat()
  const groups = new Map<string, Command[]>()
  for (const command of commands) {
    const name = command.group ?? 'This page'
    groups.set(name, [...(groups.get(name) ?? []), command])
  }
  return [...groups].map(([name, members]) => (
    <Cmdk.Group key={name} heading={name} className={GROUP}>
      {members.map(({ id, title, keywords, icon, keys, run }) => (
        <Cmdk.Item
          key={id}
          value={id}
          keywords={[title, name, ...(keywords ?? [])]}
          onSelect={() => onRun(run)}
          className={ITEM}
        >
          <Icon of={icon} />
          <span className="flex-1">{plainLine(title)}</span>
          {keys ? <Keys keys={keys} /> : null}
        </Cmdk.Item>
      ))}
    </Cmdk.Group>
  ))
}

/** The server looks through all titles and prompts; what it finds is not filtered again. */
function FoundTasks({ text, onRun, onFound }: Run & { text: string; onFound: (first: string) => void }) {
  const navigate = useNavigate()
  const q = useDebounced(text.trim(), 150)
  const { data } = useQuery({ ...queries.tasksHead(q === '' ? {} : { q }, FOUND), enabled: q !== '' })
  const first = q === '' ? undefined : data?.tasks[0]?.id
  useEffect(() => {
    if (first !== undefined) onFound(first)
  }, [first, onFound])
  if (q === '' || !data || data.tasks.length === 0) return null
  return (
    <Cmdk.Group heading="Tasks" className={GROUP} forceMount>
      {data.tasks.map(({ id, title, state }) => (
        <Cmdk.Item
          key={id}
          value={id}
          forceMount
          onSelect={() => onRun(() => void navigate({ to: '/tasks/$taskId', params: { taskId: id } }))}
          className={ITEM}
        >
          <span className="min-w-0 flex-1 truncate">{plainLine(title)}</span>
          <StateBadge state={state} />
        </Cmdk.Item>
      ))}
      {data.hasMore ? (
        <Cmdk.Item
          value="all-found"
          forceMount
          onSelect={() => onRun(() => void navigate({ to: '/tasks', search: { q } }))}
          className={ITEM}
        >
          All tasks with “{plainLine(q)}”
        </Cmdk.Item>
      ) : null}
    </Cmdk.Group>
  )
}

function Repositories({ onRun }: Run) {
  const navigate = useNavigate()
  const { repos } = useRepos()
  if (repos.length === 0) return null
  return (
    <Cmdk.Group heading="Repositories" className={GROUP}>
      {repos.map(({ id, fullName, repoUrl }) => (
        <Cmdk.Item
          key={id}
          value={id}
          keywords={[fullName, repoUrl, 'repository']}
          onSelect={() => onRun(() => void navigate({ to: '/repos/$repoId', params: { repoId: id } }))}
          className={ITEM}
        >
          <Icon of={FolderGit2} />
          <span className="min-w-0 flex-1 truncate">{plainLine(fullName)}</span>
        </Cmdk.Item>
      ))}
    </Cmdk.Group>
  )
}

function Icon({ of: Given = SquareTerminal }: { of: LucideIcon | undefined }) {
  return <Given className="size-4 shrink-0 text-ink-3" aria-hidden="true" />
}
