import { ApiError } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { FileX } from 'lucide-react'
import { Button } from '../../ui/button.tsx'
import { Empty } from '../../ui/empty.tsx'
import { Loading } from '../../ui/loading.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'

interface UnknownTemplateProps {
  /** Null while it is read. */
  readonly error: Error | null
  readonly list: '/templates' | '/templates/tasks'
  readonly again: () => void
}

/** Where a template would be, while or because there is none. */
export function UnknownTemplate({ error, list, again }: UnknownTemplateProps) {
  const isMissing = error instanceof ApiError && error.status < 500
  return (
    <Page title="Template">
      {error === null ? (
        <Loading what="the template" />
      ) : isMissing ? (
        <Empty
          icon={FileX}
          title="There is no template at this address"
          actions={
            <Button asChild look="primary">
              <Link to={list}>Show all templates</Link>
            </Button>
          }
        >
          It may have been deleted, or the link is not complete.
        </Empty>
      ) : (
        <ErrorNotice
          error={error}
          title="The template could not be read"
          actions={<Button onClick={again}>Try again</Button>}
        />
      )}
    </Page>
  )
}
