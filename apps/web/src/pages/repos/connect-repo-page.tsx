import { Page } from '../../ui/page.tsx'

export function ConnectRepoPage() {
  return <Page title="Connect a repository">…</Page>
}
