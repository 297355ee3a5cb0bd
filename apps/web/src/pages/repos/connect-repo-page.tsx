import type { Repo } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { FirstSettings } from './first-settings.tsx'
import { ForgeErrorNotice } from './forge-error.tsx'

/** Two steps: where it is, then what its files suggest. */
export function ConnectRepoPage() {
  const [connected, setConnected] = useState<Repo | null>(null)
  return (
    <Page title="Connect a repository">
      <div className="max-w-3xl">
        {connected === null ? (
          <PlaceForm onConnected={setConnected} />
        ) : (
          <div className="space-y-5">
            <Notice tone="good" title={`${plainLine(connected.fullName)} is connected`}>
              Its default branch is {plainLine(connected.defaultBranch)}. Nothing in it was changed.
            </Notice>
            <FirstSettings repo={connected} />
          </div>
        )}
      </div>
    </Page>
  )
}

function PlaceForm({ onConnected }: { onConnected: (repo: Repo) => void }) {
  const [place, setPlace] = useState('')
  const [empty, setEmpty] = useState(false)
  const input = useRef<HTMLInputElement>(null)
  const queryClient = useQueryClient()
  const connect = useMutation({
    mutationFn: (repoUrl: string) => api.repos.connect({ body: { repoUrl } }),
    onSuccess: ({ repo }) => {
      void queryClient.invalidateQueries({ queryKey: ['repos'] })
      onConnected(repo)
    },
    onError: () => input.current?.focus(),
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const given = place.trim()
    setEmpty(given === '')
    if (given === '') return input.current?.focus()
    connect.mutate(given)
  }
  const wrong = empty
    ? 'Give the address or the path of a repository.'
    : (fieldErrors(connect.error).repoUrl ?? null)
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      <p className="text-ink-2">
        Agents get copies of the repository to work on. What they propose is pushed to a branch of its own,
        and its other branches change only by a merge that you, or the policy you set, decide.
      </p>
      <p className="text-ink-2">
        For a repository at GitHub, save a token as the secret{' '}
        <Link
          to="/settings/secrets"
          search={{ add: 'GITHUB_TOKEN' }}
          className="font-mono text-accent underline"
        >
          GITHUB_TOKEN
        </Link>{' '}
        first. Optio finds out what it may do, and says what is missing.
      </p>
      <Field
        label="Address or path"
        error={wrong}
        hint="The address of a repository at GitHub, as its page or git has it. Or the absolute path of one on the machine that Optio runs on, which the user that runs Optio has to be able to read and write."
      >
        {(control) => (
          <TextInput
            {...control}
            ref={input}
            autoFocus
            className="font-mono"
            placeholder="https://github.com/acme/shop or /home/you/projects/shop"
            autoComplete="off"
            spellCheck={false}
            value={place}
            onChange={(event) => setPlace(event.target.value)}
          />
        )}
      </Field>
      {connect.error && wrong === null ? (
        <ForgeErrorNotice error={connect.error} title="The repository was not connected" />
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={connect.isPending}>
          {connect.isPending ? 'Connecting…' : 'Connect'}
        </Button>
        <Button asChild>
          <Link to="/repos">Back</Link>
        </Button>
      </div>
    </form>
  )
}
