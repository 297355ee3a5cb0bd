import type { Task } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import {
  Ban,
  CircleDollarSign,
  Copy,
  Ellipsis,
  FastForward,
  ListOrdered,
  type LucideIcon,
  MessageCircle,
  MessageSquareText,
  Play,
  RotateCcw,
  SquareTerminal,
  Trash2,
  Undo2,
} from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { useState } from 'react'
import { queries } from '../../api/queries.ts'
import { type Command, useCommands } from '../../app/palette/commands.ts'
import { Button } from '../../ui/button.tsx'
import { useToasts } from '../../ui/toasts.tsx'
import { ActDialog } from './act-dialog.tsx'
import { actsFor, isAlone, nounOf, primaryAct, type TaskAct } from './acts.ts'
import { MENU, MENU_ITEM } from './menu.ts'
import { useTaskAct } from './use-task-act.ts'

const NAMES: Readonly<Record<TaskAct, { label: string; icon: LucideIcon }>> = {
  cancel: { label: 'Cancel', icon: Ban },
  retry: { label: 'Retry', icon: RotateCcw },
  resume: { label: 'Resume…', icon: Play },
  restart: { label: 'Restart the agent…', icon: MessageSquareText },
  redo: { label: 'Start from scratch…', icon: Undo2 },
  runNow: { label: 'Run now', icon: FastForward },
  priority: { label: 'Change priority…', icon: ListOrdered },
  budget: { label: 'Change budget…', icon: CircleDollarSign },
  remove: { label: 'Delete…', icon: Trash2 },
}

/** What can be done with the task: the likeliest as a button, the others in a menu, all of them in the palette. */
export function TaskActs({ task }: { task: Task }) {
  const [asked, setAsked] = useState<TaskAct | null>(null)
  const { act, isBusy } = useTaskAct(task.id)
  const primary = primaryAct(task)
  const possible = actsFor(task)
  const params = { params: { id: task.id } }
  const start = (wanted: TaskAct) => {
    if (wanted === 'retry') {
      act((api) => api.tasks.retry(params), {
        done: 'It is queued again',
        next: 'A new attempt goes on with its work as soon as there is a free slot.',
        failed: 'It could not be retried',
      })
    } else if (wanted === 'runNow') {
      act((api) => api.tasks.runNow(params), {
        done: 'It does not wait any longer',
        next: 'It starts as soon as there is a free slot.',
        failed: 'It could not be started now',
      })
    } else {
      setAsked(wanted)
    }
  }
  const places = usePlaces(task)
  useCommands([
    ...possible.map(
      (each): Command => ({
        id: `task.${each}`,
        title: `${plainName(each)} this ${nounOf(task)}`,
        group: `This ${nounOf(task)}`,
        icon: NAMES[each].icon,
        run: () => start(each),
      }),
    ),
    ...places.map(
      (place): Command => ({
        id: `task.${place.id}`,
        title: place.label,
        group: `This ${nounOf(task)}`,
        icon: place.icon,
        run: place.go,
      }),
    ),
  ])
  return (
    <div className="flex shrink-0 gap-2">
      {primary !== null ? (
        <Button
          look={primary === 'cancel' ? 'secondary' : 'primary'}
          busy={isBusy}
          onClick={() => start(primary)}
        >
          <Label of={primary} />
        </Button>
      ) : null}
      <DropdownMenu.Root>
        <DropdownMenu.Trigger asChild>
          <Button aria-label={`More to do with this ${nounOf(task)}`} title="More">
            <Ellipsis className="size-4" aria-hidden="true" />
          </Button>
        </DropdownMenu.Trigger>
        <DropdownMenu.Portal>
          <DropdownMenu.Content align="end" sideOffset={4} className={MENU}>
            {possible
              .filter((each) => each !== primary && each !== 'remove')
              .map((each) => (
                <DropdownMenu.Item key={each} className={MENU_ITEM} onSelect={() => start(each)}>
                  <Label of={each} />
                </DropdownMenu.Item>
              ))}
            {places.map(({ id, label, icon: Icon, go }) => (
              <DropdownMenu.Item key={id} className={MENU_ITEM} onSelect={go}>
                <Icon className="size-4" aria-hidden="true" />
                {label}
              </DropdownMenu.Item>
            ))}
            <DropdownMenu.Separator className="my-1 h-px bg-line" />
            <DropdownMenu.Item className={`${MENU_ITEM} text-bad`} onSelect={() => start('remove')}>
              <Label of="remove" />
            </DropdownMenu.Item>
          </DropdownMenu.Content>
        </DropdownMenu.Portal>
      </DropdownMenu.Root>
      <ActDialog key={asked ?? 'none'} task={task} act={asked} onClose={() => setAsked(null)} />
    </div>
  )
}

function Label({ of }: { of: TaskAct }) {
  const { label, icon: Icon } = NAMES[of]
  return (
    <>
      <Icon className="size-4" aria-hidden="true" />
      {label}
    </>
  )
}

/** As the palette says it: "Retry this task". */
function plainName(act: TaskAct): string {
  const names: Partial<Record<TaskAct, string>> = {
    restart: 'Restart the agent of',
    redo: 'Start from scratch with',
    runNow: 'Run now:',
    priority: 'Change the priority of',
    budget: 'Change the budget of',
  }
  return names[act] ?? NAMES[act].label.replace('…', '')
}

interface Place {
  readonly id: string
  readonly label: string
  readonly icon: LucideIcon
  readonly go: () => void
}

/** Ways to the agent, and to the work itself: the clone's path, where this machine has it, and the command that leads there. */
function usePlaces(task: Task): readonly Place[] {
  // Before, there is none yet.
  const hasWork = task.startedAt !== null && task.state !== 'provisioning'
  // 404 once it was removed, which is no error worth a word.
  const { data: environment } = useQuery({ ...queries.environment(task.id), enabled: hasWork, retry: false })
  const navigate = useNavigate()
  const toasts = useToasts()
  const copy = (text: string, what: string) => () => {
    navigator.clipboard
      .writeText(text)
      .then(() => toasts.done(`Copied ${what}`, text))
      .catch((error: unknown) => toasts.failed(`Could not copy ${what}`, error))
  }
  const tell: Place = {
    id: 'tell',
    label: 'Say something to the agent…',
    icon: MessageCircle,
    go: () => void navigate({ to: '/tasks/$taskId', params: { taskId: task.id }, search: { tab: 'talk' } }),
  }
  const places = task.state === 'running' ? [tell] : []
  if (!hasWork || !environment) return places
  const { path, onThisHost } = environment
  return [
    ...places,
    ...(path !== null && onThisHost
      ? [
          {
            id: 'clonePath',
            label: `Copy the path of its ${isAlone(task) ? 'directory' : 'clone'}`,
            icon: Copy,
            go: copy(path, 'the path'),
          },
        ]
      : []),
    {
      id: 'openCommand',
      label: 'Copy the command that opens it',
      icon: SquareTerminal,
      go: copy(`optio task open ${task.id} --enter`, 'the command'),
    },
  ]
}
