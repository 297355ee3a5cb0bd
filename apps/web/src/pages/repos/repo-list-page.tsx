import { Page } from '../../ui/page.tsx'

export function RepoListPage() {
  return <Page title="Repositories">…</Page>
}
