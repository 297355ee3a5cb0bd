import { getRouteApi, Link } from '@tanstack/react-router'
import { Activity, User } from 'lucide-react'
import { ActivityFeed } from '../../tasks/activity/activity-feed.tsx'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { Empty } from '../../ui/empty.tsx'
import { Page } from '../../ui/page.tsx'

const route = getRouteApi('/activity')

/** Everything that happened in this installation. */
export function ActivityPage() {
  const { by } = route.useSearch()
  const onlyPeople = by === 'people'
  return (
    <Page title="Activity">
      <div className="space-y-3">
        <nav aria-label="Whose activity">
          <ul className="flex flex-wrap gap-1">
            {[false, true].map((people) => (
              <li key={String(people)}>
                <Link
                  to="/activity"
                  search={people ? { by: 'people' } : {}}
                  activeProps={{}}
                  aria-current={people === onlyPeople ? 'page' : undefined}
                  className={cx(
                    'flex items-center gap-1.5 rounded-md px-2.5 py-1.5',
                    people === onlyPeople
                      ? 'bg-accent-soft font-medium text-accent'
                      : 'text-ink-2 hover:bg-sunken hover:text-ink',
                  )}
                >
                  {people ? 'By people' : 'All'}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        <ActivityFeed taskId={null} onlyPeople={onlyPeople} empty={<None onlyPeople={onlyPeople} />} />
      </div>
    </Page>
  )
}

function None({ onlyPeople }: { onlyPeople: boolean }) {
  return onlyPeople ? (
    <Empty icon={User} title="Nobody has done anything yet">
      What people do is listed here: creating tasks, cancelling, merging, commenting.
    </Empty>
  ) : (
    <Empty
      icon={Activity}
      title="Nothing has happened yet"
      actions={
        <Button asChild look="primary">
          <Link to="/tasks/new">New task</Link>
        </Button>
      }
    >
      Whatever happens to tasks and runs is listed here as it happens.
    </Empty>
  )
}
