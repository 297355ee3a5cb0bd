import { type ErrorComponentProps, Link } from '@tanstack/react-router'
import { Compass } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { Empty } from '../ui/empty.tsx'
import { ErrorNotice } from '../ui/notice.tsx'
import { Page } from '../ui/page.tsx'

export function PageNotFound() {
  return (
    <Page title="Nothing here">
      <Empty
        icon={Compass}
        title="There is no page at this address"
        actions={
          <Button asChild look="primary">
            <Link to="/">Go to the overview</Link>
          </Button>
        }
      >
        The link may be old, or the task it spoke of was deleted.
      </Empty>
    </Page>
  )
}

/** A page that broke: the rest of Optio goes on. */
export function PageFailed({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page failed">
      <ErrorNotice
        error={error}
        title="This page could not be shown"
        actions={
          <>
            <Button onClick={reset}>Try again</Button>
            <Button onClick={() => window.location.reload()}>Reload</Button>
          </>
        }
      />
    </Page>
  )
}
