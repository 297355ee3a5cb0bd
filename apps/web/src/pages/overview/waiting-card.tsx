import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../api/queries.ts'
import { PullRequestChips } from '../../tasks/pull-request-chips.tsx'
import { useRepos } from '../../tasks/repo-names.ts'
import { TaskLink } from '../../tasks/task-link.tsx'
import { waitingWords } from '../../tasks/waiting-words.ts'
import { Button } from '../../ui/button.tsx'
import { Moment } from '../../ui/moments.tsx'
import { StateBadge } from '../../ui/state-badge.tsx'
import { TaskCard } from './task-card.tsx'

const SHOWN = 8

/** What only a person can do now: the reason in a line, and the act. */
export function WaitingCard({ count }: { count: number }) {
  const { data } = useQuery(queries.tasksHead({ waitingOn: 'person' }, SHOWN))
  const { nameOf } = useRepos()
  return (
    <TaskCard
      title="Waiting for you"
      count={count}
      search={{ waitingOn: 'person' }}
      tasks={data?.tasks}
      none="Nothing waits for you. When a task needs a decision or a pull request is ready, it stands here."
      row={(task) => {
        const words = waitingWords(task, { paused: false })
        return (
          <div className="flex items-start gap-3 px-4 py-2.5">
            <div className="min-w-0 flex-1">
              <TaskLink task={task} tab={words?.tab} />
              <p className="line-clamp-2 break-words text-warn">{words?.why}</p>
              <p className="mt-1 flex flex-wrap items-center gap-x-2 gap-y-1 text-xs text-ink-3">
                {task.state === 'pr_opened' ? (
                  <PullRequestChips task={task} />
                ) : (
                  <StateBadge state={task.state} />
                )}
                <span className="truncate">{nameOf(task.repoUrl)}</span>
                <Moment at={task.updatedAt} />
              </p>
            </div>
            <Button asChild small>
              <Link
                to="/tasks/$taskId"
                params={{ taskId: task.id }}
                search={words?.tab ? { tab: words.tab } : {}}
                aria-label={`${words?.act ?? 'Look'}: ${task.title}`}
              >
                {words?.act ?? 'Look'}
              </Link>
            </Button>
          </div>
        )
      }}
    />
  )
}
