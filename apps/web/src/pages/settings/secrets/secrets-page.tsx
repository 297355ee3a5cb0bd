import type { Secret } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { KeyRound, Plus } from 'lucide-react'
import { useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice, Notice } from '../../../ui/notice.tsx'
import { Page } from '../../../ui/page.tsx'
import { plainText } from '../../../ui/plain-text.ts'
import { SettingsTabs } from '../settings-tabs.tsx'
import { KeyCard } from './key-card.tsx'
import { type Saved, SecretDialog } from './secret-dialog.tsx'
import { SecretRow } from './secret-row.tsx'

const route = getRouteApi('/settings/secrets')

/** Credentials of agents and of Optio: their names, and never their values. */
export function SecretsPage() {
  const { add } = route.useSearch()
  const navigate = route.useNavigate()
  const [replaced, setReplaced] = useState<Secret | null>(null)
  const [saved, setSaved] = useState<Saved | null>(null)
  // No secret can be called that: names are capital letters.
  const begin = (name = '') => void navigate({ search: { add: name || 'new' }, replace: true })
  const end = () => {
    setReplaced(null)
    void navigate({ search: {}, replace: true })
  }
  return (
    <Page
      title="Secrets"
      actions={
        <Button look="primary" onClick={() => begin()}>
          <Plus className="size-4" aria-hidden="true" />
          Add a secret
        </Button>
      }
    >
      <div className="space-y-4">
        <SettingsTabs chosen="/settings/secrets" />
        <p className="max-w-3xl text-ink-2">
          Credentials, encrypted. Optio uses those it knows by name; an agent gets, as variables, what its
          type needs and what its repository or its task names, and nothing that could write to GitHub. A
          value is never shown again.
        </p>
        {saved === null ? null : <SavedNotice saved={saved} />}
        <Secrets onAdd={begin} onReplace={setReplaced} />
        <KeyCard />
      </div>
      {add === undefined && replaced === null ? null : (
        <SecretDialog
          replaced={replaced}
          name={add === undefined || add === 'new' ? '' : add}
          onClose={end}
          onSaved={(what) => {
            setSaved(what)
            end()
          }}
        />
      )}
    </Page>
  )
}

interface SecretsProps {
  readonly onAdd: (name: string) => void
  readonly onReplace: (secret: Secret) => void
}

function Secrets({ onAdd, onReplace }: SecretsProps) {
  const list = useInfiniteQuery(queries.secrets())
  const secrets = list.data?.pages.flatMap((page) => page.secrets) ?? []
  if (list.isPending) return <Loading what="the secrets" />
  if (secrets.length === 0) {
    return list.error ? (
      <ErrorNotice
        error={list.error}
        title="The secrets could not be read"
        actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
      />
    ) : (
      <NoSecrets onAdd={onAdd} />
    )
  }
  return (
    <>
      <ul
        aria-label="Secrets, newest first"
        className="divide-y divide-line rounded-lg border border-line bg-surface"
      >
        {secrets.map((secret) => (
          <SecretRow key={secret.id} secret={secret} onReplace={() => onReplace(secret)} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </>
  )
}

function NoSecrets({ onAdd }: { onAdd: (name: string) => void }) {
  return (
    <Empty
      icon={KeyRound}
      title="No secret is saved"
      actions={
        <>
          <Button look="primary" onClick={() => onAdd('GITHUB_TOKEN')}>
            Add GITHUB_TOKEN
          </Button>
          <Button onClick={() => onAdd('ANTHROPIC_API_KEY')}>Add ANTHROPIC_API_KEY</Button>
        </>
      }
    >
      <code className="font-mono">GITHUB_TOKEN</code> connects repositories at GitHub,{' '}
      <code className="font-mono">ANTHROPIC_API_KEY</code> lets Claude Code work. Both may stand in Optio’s
      own environment instead. Anything else your agents need, such as{' '}
      <code className="font-mono">NPM_TOKEN</code>, is saved here and then named in the settings of a
      repository.
    </Empty>
  )
}

/** What the service a secret belongs to said of it: told, and saved all the same. */
function SavedNotice({ saved: { name, validation } }: { saved: Saved }) {
  const valid = validation?.valid ?? null
  const words = validation === undefined ? null : plainText(validation.detail)
  if (valid === false) {
    return (
      <Notice tone="warn" title={`${name} is saved, and does not work`} urgent>
        {words}
      </Notice>
    )
  }
  return (
    <Notice tone={valid === null && words !== null ? 'info' : 'good'} title={`${name} is saved`} urgent>
      {words}
    </Notice>
  )
}
