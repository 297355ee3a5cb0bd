import type { CallInput, Repo, Routes } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { Moment } from '../../ui/moments.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { useToasts } from '../../ui/toasts.tsx'
import { ForgeErrorNotice } from './forge-error.tsx'

type Webhook = Awaited<ReturnType<typeof api.github.webhook>>['webhook']
type InstallBody = CallInput<Routes['github']['installWebhook']>['body']

/** Where deliveries of GitHub go, below the address of Optio. */
const PATH = '/api/webhooks/github'

/** By which Optio learns at once of what happens in the repository; without it, it asks. */
export function WebhookCard({ repo }: { repo: Repo }) {
  const { data: webhook, error } = useQuery(queries.webhook(repo.id))
  return (
    <Card title="Webhook">
      <div className="space-y-3 px-4 py-3">
        {webhook === undefined ? (
          error ? (
            <ErrorNotice error={error} title="The webhook could not be asked about" />
          ) : null
        ) : (
          <>
            <State webhook={webhook} />
            <Install repo={repo} isThere={webhook.hookId !== null} />
            <ByHand url={webhook.url} />
          </>
        )}
      </div>
    </Card>
  )
}

function State({ webhook: { hookId, url, lastDeliveryAt } }: { webhook: Webhook }) {
  if (hookId === null && lastDeliveryAt === null) {
    return (
      <p className="text-ink-2">
        None delivers. Optio asks GitHub now and then; with a webhook it learns of changes at once.
      </p>
    )
  }
  return (
    <div className="text-ink-2">
      <p>
        {lastDeliveryAt === null ? (
          <span className="text-warn">It is registered, and nothing has come yet.</span>
        ) : (
          <>
            <span className="text-good">It delivers</span>, last <Moment at={lastDeliveryAt} />.{' '}
            <Link to="/settings/github" className="text-accent underline">
              Deliveries
            </Link>
          </>
        )}
      </p>
      {url === null ? null : <p className="mt-1 font-mono text-xs break-all">{plainLine(url)}</p>}
    </div>
  )
}

function Install({ repo, isThere }: { repo: Repo; isThere: boolean }) {
  const [url, setUrl] = useState('')
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const install = useMutation({
    mutationFn: (body: InstallBody) => api.github.installWebhook({ params: { id: repo.id }, body }),
    onSuccess: ({ webhook }) => {
      queryClient.setQueryData(queries.webhook(repo.id).queryKey, webhook)
      toasts.done('The webhook is installed', 'GitHub’s ping arrived.')
    },
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['github'] }),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    install.mutate(url.trim() === '' ? {} : { url: url.trim() })
  }
  const wrong = fieldErrors(install.error).url ?? null
  return (
    <form noValidate onSubmit={submit} className="space-y-3">
      <Field
        label="Address of Optio"
        optional
        error={wrong}
        hint="Where GitHub reaches it. Left out: OPTIO_PUBLIC_URL."
      >
        {(control) => (
          <TextInput
            {...control}
            className="font-mono"
            inputMode="url"
            autoComplete="off"
            spellCheck={false}
            placeholder="https://optio.example.com"
            value={url}
            onChange={(event) => setUrl(event.target.value)}
          />
        )}
      </Field>
      {install.error && wrong === null ? (
        <ForgeErrorNotice error={install.error} title="The webhook was not installed" />
      ) : null}
      <Button type="submit" busy={install.isPending}>
        {install.isPending ? 'Waiting for GitHub’s ping…' : isThere ? 'Install again' : 'Install'}
      </Button>
    </form>
  )
}

/** For tokens that may not register webhooks. */
function ByHand({ url }: { url: string | null }) {
  return (
    <details>
      <summary className="cursor-pointer text-ink-2">By hand, on GitHub</summary>
      <p className="mt-2 text-ink-2">
        Settings → Webhooks → Add webhook of the repository, by someone who may administer it:
      </p>
      <dl className="mt-2 space-y-2">
        <Part name="Payload URL">
          <code className="text-xs break-all">{plainLine(url ?? `https://<address of Optio>${PATH}`)}</code>
        </Part>
        <Part name="Content type">
          <code className="text-xs">application/json</code>
        </Part>
        <Part name="Secret">
          The value of the secret{' '}
          <Link
            to="/settings/secrets"
            search={{ add: 'GITHUB_WEBHOOK_SECRET' }}
            className="font-mono text-xs break-all text-accent underline"
          >
            GITHUB_WEBHOOK_SECRET
          </Link>
          . Without one, Optio takes no delivery.
        </Part>
        <Part name="Events">“Send me everything”: Optio ignores what it has no use for.</Part>
      </dl>
    </details>
  )
}

function Part({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd>{children}</dd>
    </div>
  )
}
