import type { Dependency, Task, TaskState } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useMemo } from 'react'
import { queries } from '../../../api/queries.ts'
import { cx } from '../../../ui/class-names.ts'
import { roleOf } from '../part-of.tsx'
import { type Edge, Edges } from './edges.tsx'
import { StepProgress } from './step-progress.tsx'
import { DependencyNode, SubtaskNode, TaskNode } from './task-node.tsx'

interface RelationGraphProps {
  readonly task: Task
  readonly subtasks: readonly Task[]
  readonly dependencies: readonly Dependency[]
  readonly dependents: readonly { id: string; title: string; state: TaskState }[]
  readonly canRemove: boolean
}

/** The task among others, from what comes first to what comes after: lists of links, with lines between them. */
export function RelationGraph({ task, subtasks, dependencies, dependents, canRemove }: RelationGraphProps) {
  const parentId = task.parentTaskId
  const { data: parent } = useQuery({ ...queries.task(parentId ?? ''), enabled: parentId !== null })
  const steps = subtasks.filter(({ taskType }) => taskType === 'step')
  const others = subtasks.filter(({ taskType }) => taskType !== 'step')
  const edges = useMemo(
    () => edgesOf(task, subtasks, dependencies, dependents),
    [task, subtasks, dependencies, dependents],
  )
  const hasSides = dependencies.length > 0 || dependents.length > 0
  return (
    <div
      className={cx(
        'relative grid items-start gap-x-14 gap-y-4',
        hasSides ? 'lg:grid-cols-[minmax(0,1fr)_minmax(0,1.3fr)_minmax(0,1fr)]' : 'max-w-xl',
      )}
    >
      <Edges edges={edges} />
      {dependencies.length > 0 ? (
        <Side title="It depends on" className="lg:col-start-1">
          {dependencies.map((dependency) => (
            <li key={dependency.id}>
              <DependencyNode taskId={task.id} dependency={dependency} canRemove={canRemove} />
            </li>
          ))}
        </Side>
      ) : null}
      <div className={cx('min-w-0 space-y-4', hasSides && 'lg:col-start-2')}>
        {parent ? (
          <section aria-label="It is part of">
            <TaskNode
              id={parent.task.id}
              title={parent.task.title}
              state={parent.task.state}
              part="Its parent"
            />
          </section>
        ) : null}
        <TaskNode
          id={task.id}
          title={task.title}
          state={task.state}
          isHere
          part={parentId === null ? 'This task' : `This task: ${roleOf(task).toLowerCase()}`}
        />
        {steps.length > 0 ? (
          <section aria-labelledby="its-steps" className="space-y-2 pl-7">
            <h2 id="its-steps" className="text-xs font-medium text-ink-2">
              Its steps, in order
            </h2>
            <StepProgress steps={steps} />
            <ol className="space-y-4">
              {steps.map((step) => (
                <li key={step.id}>
                  <SubtaskNode task={step} parentId={task.id} />
                </li>
              ))}
            </ol>
          </section>
        ) : null}
        {others.length > 0 ? (
          <section aria-labelledby="its-subtasks" className="space-y-2 pl-7">
            <h2 id="its-subtasks" className="text-xs font-medium text-ink-2">
              {others.every(({ taskType }) => taskType === 'review') ? 'Its reviews' : 'Its subtasks'}
            </h2>
            <ul className="space-y-3">
              {others.map((each) => (
                <li key={each.id}>
                  <SubtaskNode task={each} parentId={task.id} />
                </li>
              ))}
            </ul>
          </section>
        ) : null}
      </div>
      {dependents.length > 0 ? (
        <Side title="These wait for it" className="lg:col-start-3">
          {dependents.map(({ id, title, state }) => (
            <li key={id}>
              <TaskNode id={id} title={title} state={state} />
            </li>
          ))}
        </Side>
      ) : null}
    </div>
  )
}

function Side({ title, className, children }: { title: string; className: string; children: ReactNode }) {
  const id = title.toLowerCase().replaceAll(' ', '-')
  return (
    <section aria-labelledby={id} className={cx('min-w-0 max-lg:pl-7', className)}>
      <h2 id={id} className="mb-2 text-xs font-medium text-ink-2">
        {title}
      </h2>
      <ul className="space-y-3">{children}</ul>
    </section>
  )
}

function edgesOf(
  { id, parentTaskId }: Task,
  subtasks: readonly Task[],
  dependencies: readonly { readonly id: string }[],
  dependents: readonly { readonly id: string }[],
): Edge[] {
  const steps = subtasks.filter(({ taskType }) => taskType === 'step')
  const [firstStep] = steps
  return [
    ...(parentTaskId === null ? [] : [{ from: parentTaskId, to: id, meaning: 'part' as const }]),
    ...dependencies.map((each) => ({ from: each.id, to: id, meaning: 'then' as const })),
    ...dependents.map((each) => ({ from: id, to: each.id, meaning: 'then' as const })),
    ...(firstStep ? [{ from: id, to: firstStep.id, meaning: 'part' as const }] : []),
    ...steps.slice(1).map((step, index) => ({
      from: steps[index]?.id ?? '',
      to: step.id,
      meaning: 'then' as const,
    })),
    ...subtasks
      .filter(({ taskType }) => taskType !== 'step')
      .map((each) => ({ from: id, to: each.id, meaning: 'part' as const })),
  ]
}
