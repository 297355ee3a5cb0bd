import type { Client, Task } from '@optio/contract'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { Button } from '../../ui/button.tsx'
import { Confirm, Dialog } from '../../ui/dialog.tsx'
import { Field, TextArea, TextInput } from '../../ui/field.tsx'
import { usd } from '../../ui/money.tsx'
import { hasBranch, isAlone, isReview, nounOf, readBudget, type TaskAct } from './acts.ts'
import { useTaskAct } from './use-task-act.ts'

interface ActDialogProps {
  readonly task: Task
  /** What is asked about; null for nothing. */
  readonly act: TaskAct | null
  readonly onClose: () => void
}

/** Asks what has to be known, or whether it is meant, before something is done to a task. */
export function ActDialog({ task, act, onClose }: ActDialogProps) {
  switch (act) {
    case 'cancel':
      return <Cancel task={task} onClose={onClose} />
    case 'redo':
      return <Redo task={task} onClose={onClose} />
    case 'remove':
      return <Remove task={task} onClose={onClose} />
    case 'resume':
    case 'restart':
      return <Instruct task={task} fresh={act === 'restart'} onClose={onClose} />
    case 'budget':
      return <Budget task={task} onClose={onClose} />
    case 'priority':
      return <Priority task={task} onClose={onClose} />
    default:
      return null
  }
}

interface AskProps {
  readonly task: Task
  readonly onClose: () => void
}

function Cancel({ task, onClose }: AskProps) {
  const { act, isBusy } = useTaskAct(task.id)
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Cancel this ${nounOf(task)}?`}
      description="Its agent and everything it started are stopped. Its work so far is kept, and it can be retried."
      action={`Cancel the ${nounOf(task)}`}
      busy={isBusy}
      onConfirm={() =>
        act((api) => api.tasks.cancel({ params: { id: task.id } }), {
          done: 'It was cancelled',
          next: 'Nothing of it runs any more. Its work is kept; Retry goes on with it.',
          failed: 'It could not be cancelled',
          after: onClose,
        })
      }
    />
  )
}

function Redo({ task, onClose }: AskProps) {
  const { act, isBusy } = useTaskAct(task.id)
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Start this ${nounOf(task)} from scratch?`}
      description={
        <>
          <p>
            {task.prNumber !== null && task.prState === 'open'
              ? `Pull request #${task.prNumber} is closed. `
              : ''}
            {isAlone(task)
              ? 'A new agent begins in an empty directory.'
              : isReview(task)
                ? 'A new agent reads the same commit, from the beginning.'
                : 'What it has done is set aside under a ref of its own, not deleted, and a new agent begins on a fresh branch.'}
          </p>
          <p className="mt-1">Attempts, cost, log and history so far stay with the {nounOf(task)}.</p>
        </>
      }
      action="Start from scratch"
      busy={isBusy}
      onConfirm={() =>
        act((api) => api.tasks.forceRedo({ params: { id: task.id } }), {
          done: 'It starts from scratch',
          next: `What runs is stopped first; then it is queued${hasBranch(task) ? ' on a fresh branch' : ''}.`,
          failed: 'It could not be started from scratch',
          after: onClose,
        })
      }
    />
  )
}

function Remove({ task, onClose }: AskProps) {
  const { act, isBusy } = useTaskAct(task.id)
  const navigate = useNavigate()
  return (
    <Confirm
      open
      onOpenChange={(open) => !open && onClose()}
      title={`Delete this ${nounOf(task)}?`}
      description={
        <>
          <p>
            Its log, its history{isAlone(task) ? ', its output' : ''} and its cost are deleted for good. What
            runs is stopped first.
          </p>
          {hasBranch(task) ? (
            <p className="mt-1">
              Work of the agent that was not pushed is set aside and kept for a while. Branches and pull
              requests in the repository stay as they are.
            </p>
          ) : null}
        </>
      }
      action={`Delete the ${nounOf(task)}`}
      busy={isBusy}
      onConfirm={() =>
        act((api) => api.tasks.remove({ params: { id: task.id } }), {
          done: `The ${nounOf(task)} was deleted`,
          failed: 'It could not be deleted',
          after: () =>
            void (isAlone(task) && task.blueprintId !== null
              ? navigate({ to: '/automations/$automationId', params: { automationId: task.blueprintId } })
              : navigate({ to: '/tasks' })),
        })
      }
    />
  )
}

function Instruct({ task, fresh, onClose }: AskProps & { fresh: boolean }) {
  const { act, isBusy } = useTaskAct(task.id)
  const [prompt, setPrompt] = useState('')
  const params = { id: task.id }
  const body = prompt.trim() === '' ? {} : { prompt }
  const call = (api: Client) =>
    fresh ? api.tasks.forceRestart({ params, body }) : api.tasks.resume({ params, body })
  return (
    <Ask
      title={fresh ? 'Restart the agent' : `Resume the ${nounOf(task)}`}
      description={
        fresh
          ? `A new agent session begins ${hasBranch(task) ? 'on the branch' : 'in its directory'} as it is now; it does not remember the earlier ones.`
          : 'The agent goes on in its session, with its work as it is.'
      }
      action={fresh ? 'Restart' : 'Resume'}
      busy={isBusy}
      onClose={onClose}
      onSubmit={() =>
        act(call, {
          done: fresh ? 'The agent is restarted' : 'It goes on',
          next: 'It is queued, and starts as soon as there is a free slot.',
          failed: fresh ? 'It could not be restarted' : 'It could not be resumed',
          after: onClose,
        })
      }
    >
      <Field
        label="Instructions for the agent"
        optional
        hint="What it should do differently, or what you have changed meanwhile."
      >
        {(control) => (
          <TextArea {...control} rows={6} value={prompt} onChange={({ target }) => setPrompt(target.value)} />
        )}
      </Field>
    </Ask>
  )
}

function Budget({ task, onClose }: AskProps) {
  const { act, isBusy } = useTaskAct(task.id)
  const [given, setGiven] = useState(task.budgetUsd ?? '')
  const isNone = given.trim() === ''
  const budgetUsd = isNone ? null : readBudget(given)
  const isWrong = !isNone && budgetUsd === null
  const resumes = task.attentionCode === 'budget_reached'
  const enough = budgetUsd === null || Number(budgetUsd) > Number(task.costUsd)
  const call = async (api: Client) => {
    await api.tasks.edit({ params: { id: task.id }, body: { budgetUsd } })
    if (resumes && enough) await api.tasks.resume({ params: { id: task.id } })
  }
  return (
    <Ask
      title="Change the budget"
      description={`It has cost ${usd(task.costUsd)} so far. At its budget the agent is stopped; its work is kept.`}
      action={resumes ? 'Save and resume' : 'Save'}
      busy={isBusy}
      disabled={isWrong || (resumes && !enough)}
      onClose={onClose}
      onSubmit={() =>
        act(call, {
          done: isNone ? 'It has no budget of its own any more' : `Its budget is $${budgetUsd}`,
          ...(resumes ? { next: 'It is queued, and goes on as soon as there is a free slot.' } : {}),
          failed: 'The budget could not be changed',
          after: onClose,
        })
      }
    >
      <Field
        label="Budget in USD"
        hint="Left empty, nothing stops it because of its cost."
        error={
          isWrong
            ? 'Give an amount such as 2.50.'
            : enough
              ? null
              : `It has to be more than the ${usd(task.costUsd)} that are spent, or the task stays where it is.`
        }
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="decimal"
            value={given}
            onChange={({ target }) => setGiven(target.value)}
          />
        )}
      </Field>
    </Ask>
  )
}

function Priority({ task, onClose }: AskProps) {
  const { act, isBusy } = useTaskAct(task.id)
  const [given, setGiven] = useState(String(task.priority))
  const priority = Number(given)
  const isWrong = given.trim() === '' || !Number.isInteger(priority) || priority < 0 || priority > 1000
  return (
    <Ask
      title="Change the priority"
      description="When there are fewer slots than tasks, those with a lower number start first."
      action="Save"
      busy={isBusy}
      disabled={isWrong}
      onClose={onClose}
      onSubmit={() =>
        act((api) => api.tasks.edit({ params: { id: task.id }, body: { priority } }), {
          done: `Its priority is ${priority}`,
          failed: 'The priority could not be changed',
          after: onClose,
        })
      }
    >
      <Field
        label="Priority"
        hint="0 to 1000; most tasks have 100."
        error={isWrong ? 'Give a whole number from 0 to 1000.' : null}
      >
        {(control) => (
          <TextInput
            {...control}
            inputMode="numeric"
            value={given}
            onChange={({ target }) => setGiven(target.value)}
          />
        )}
      </Field>
    </Ask>
  )
}

interface AskFormProps {
  readonly title: string
  readonly description: string
  readonly action: string
  readonly busy: boolean
  readonly disabled?: boolean
  readonly onClose: () => void
  readonly onSubmit: () => void
  readonly children: ReactNode
}

function Ask({
  title,
  description,
  action,
  busy,
  disabled = false,
  onClose,
  onSubmit,
  children,
}: AskFormProps) {
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!disabled) onSubmit()
  }
  return (
    <Dialog open onOpenChange={(open) => !open && onClose()} title={title} description={description}>
      <form onSubmit={submit} className="mt-4">
        {children}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={busy} disabled={disabled}>
            {action}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
