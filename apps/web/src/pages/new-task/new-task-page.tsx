import { Page } from '../../ui/page.tsx'

export function NewTaskPage() {
  return <Page title="New task">…</Page>
}
