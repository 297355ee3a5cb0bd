import type { GithubStatus } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Loading } from '../../../ui/loading.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { ErrorNotice, Notice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'

/** Whether the credential works, what is left of the limits, and how fresh is what is known of pull requests. */
export function StatusCard() {
  const { data: status, error, isPending, refetch } = useQuery(queries.githubStatus())
  if (isPending) return <Loading what="how Optio stands with GitHub" />
  if (status === undefined) {
    return (
      <ErrorNotice
        error={error}
        title="How Optio stands with GitHub could not be read"
        actions={<Button onClick={() => void refetch()}>Try again</Button>}
      />
    )
  }
  return (
    <Card
      title="Connection"
      actions={
        <p className="text-xs text-ink-3">
          asked <Moment at={status.checkedAt} />
        </p>
      }
    >
      <div className="space-y-4 px-4 py-3">
        {status.problem === null ? null : <Problem status={status} problem={status.problem} />}
        <Facts status={status} />
        {status.takesWebhooks ? null : (
          <Notice
            tone="info"
            title="Webhooks are not taken"
            actions={<AddSecret name="GITHUB_WEBHOOK_SECRET" hasOne={false} />}
          >
            Optio asks GitHub now and then. To learn of changes at once, save a long random text as the secret{' '}
            <code className="font-mono">GITHUB_WEBHOOK_SECRET</code>, then install the webhook of each
            repository on its page.
          </Notice>
        )}
      </div>
      {status.limits.length === 0 ? null : <Limits limits={status.limits} />}
    </Card>
  )
}

function Problem({ status: { credential }, problem }: { status: GithubStatus; problem: string }) {
  return (
    <Notice
      tone={credential === null ? 'info' : 'bad'}
      title={credential === null ? 'GitHub is not connected' : 'The credential does not work'}
      actions={<AddSecret name="GITHUB_TOKEN" hasOne={credential !== null} />}
    >
      {plainText(problem)}
    </Notice>
  )
}

function AddSecret({ name, hasOne }: { name: string; hasOne: boolean }) {
  return (
    <Button asChild small>
      <Link to="/settings/secrets" search={{ add: name }}>
        {hasOne ? 'Save another' : 'Add'} {name}
      </Link>
    </Button>
  )
}

const SOURCES = {
  secret: 'the secret GITHUB_TOKEN',
  environment: 'GITHUB_TOKEN in Optio’s environment',
} as const

function Facts({ status }: { status: GithubStatus }) {
  const { apiUrl, serverUrl, credential, login, watched, oldestObservedAt, takesWebhooks } = status
  return (
    <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-2 lg:grid-cols-3">
      <Fact name="Server">
        {plainLine(serverUrl)}
        <span className="block text-xs font-normal text-ink-3">API: {plainLine(apiUrl)}</span>
      </Fact>
      <Fact name="Credential">{credential === null ? 'none' : SOURCES[credential]}</Fact>
      <Fact name="Account">{login === null ? 'not known' : plainLine(login)}</Fact>
      <Fact name="Open pull requests watched">{watched}</Fact>
      <Fact name="Oldest look at one of them">
        {oldestObservedAt === null ? '–' : <Moment at={oldestObservedAt} />}
      </Fact>
      <Fact name="Webhooks">{takesWebhooks ? 'are taken' : 'are not taken'}</Fact>
    </dl>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="font-medium break-words">{children}</dd>
    </div>
  )
}

/** Below this share of a limit Optio sends only what a person waits for, unless it is set otherwise. */
const LITTLE = 0.2

function Limits({ limits }: Pick<GithubStatus, 'limits'>) {
  return (
    <section aria-label="Limits" className="border-t border-line">
      <h3 className="px-4 pt-3 font-medium">Limits</h3>
      <ul className="divide-y divide-line">
        {limits.map(({ resource, limit, remaining, resetAt, pausedUntil }) => {
          const share = limit === 0 ? 0 : remaining / limit
          return (
            <li key={resource} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2.5">
              <span className="w-24 shrink-0 font-mono text-xs">{plainLine(resource)}</span>
              <span>
                {remaining.toLocaleString('en')} of {limit.toLocaleString('en')} left
              </span>
              <span aria-hidden="true" className="h-1.5 w-24 overflow-hidden rounded-full bg-line">
                <span
                  className={cx('block h-full', share < LITTLE ? 'bg-warn' : 'bg-accent')}
                  style={{ width: `${Math.min(1, share) * 100}%` }}
                />
              </span>
              <span className="text-xs text-ink-3">
                full again <Moment at={resetAt} />
              </span>
              {pausedUntil === null ? null : (
                <span className="text-warn">
                  GitHub asked to wait: goes on <Moment at={pausedUntil} />
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </section>
  )
}
