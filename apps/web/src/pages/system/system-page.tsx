import { useQuery } from '@tanstack/react-query'
import { Link, useLocation } from '@tanstack/react-router'
import { BookOpen, KeyRound, Webhook } from 'lucide-react'
import { useEffect } from 'react'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Page } from '../../ui/page.tsx'
import { CostReport } from './cost-report.tsx'
import { DoctorReport } from './doctor-report.tsx'
import { Installation } from './installation.tsx'
import { RetentionCard } from './retention-card.tsx'

/** This installation: what it can run, what is wrong with it, what it costs. */
export function SystemPage() {
  const { data: report, error, isFetching, refetch } = useQuery(queries.doctor())
  const wantsCosts = useLocation({ select: ({ hash }) => hash === 'costs' })
  useEffect(() => {
    if (wantsCosts && report) document.getElementById('costs')?.scrollIntoView()
  }, [wantsCosts, report])
  return (
    <Page
      title="System"
      actions={
        <>
          <Button asChild>
            <Link to="/settings/secrets">
              <KeyRound className="size-4" aria-hidden="true" />
              Secrets
            </Link>
          </Button>
          <Button asChild>
            <Link to="/settings/github">
              <Webhook className="size-4" aria-hidden="true" />
              GitHub
            </Link>
          </Button>
          <Button asChild>
            <a href="/docs">
              <BookOpen className="size-4" aria-hidden="true" />
              API
            </a>
          </Button>
        </>
      }
    >
      <div className="space-y-4">
        <Installation />
        <DoctorReport report={report} error={error} busy={isFetching} onAgain={() => void refetch()} />
        <CostReport />
        <RetentionCard />
      </div>
    </Page>
  )
}
