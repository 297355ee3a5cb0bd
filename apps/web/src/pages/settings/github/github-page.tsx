import { Page } from '../../../ui/page.tsx'
import { SettingsTabs } from '../settings-tabs.tsx'
import { Deliveries } from './deliveries.tsx'
import { StatusCard } from './status-card.tsx'

/** How Optio stands with GitHub: its credential, what is left of the limits, and what GitHub sent. */
export function GithubPage() {
  return (
    <Page title="GitHub">
      <div className="space-y-4">
        <SettingsTabs chosen="/settings/github" />
        <StatusCard />
        <Deliveries />
      </div>
    </Page>
  )
}
