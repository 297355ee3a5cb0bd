import { getRouteApi, Link } from '@tanstack/react-router'
import { Activity, User } from 'lucide-react'
import { ActivityFeed } from '../../tasks/activity/activity-feed.tsx'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { LinkTab, LinkTabs } from '../../ui/link-tabs.tsx'
import { Page } from '../../ui/page.tsx'

const route = getRouteApi('/activity')

/** Everything that happened in this installation. */
export function ActivityPage() {
  const { by } = route.useSearch()
  const onlyPeople = by === 'people'
  return (
    <Page title="Activity">
      <div className="space-y-3">
        <LinkTabs label="Whose activity">
          <LinkTab to="/activity" search={{}} isChosen={!onlyPeople}>
            All
          </LinkTab>
          <LinkTab to="/activity" search={{ by: 'people' }} isChosen={onlyPeople}>
            By people
          </LinkTab>
        </LinkTabs>
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
