import { Page } from '../../ui/page.tsx'

export function TaskListPage() {
  return <Page title="Tasks">…</Page>
}
