import type { Repo } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type SubmitEvent, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'
import { Page } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { FirstSettings } from './first-settings.tsx'

/** Two steps: the path, then what its files suggest. */
export function ConnectRepoPage() {
  const [connected, setConnected] = useState<Repo | null>(null)
  return (
    <Page title="Connect a repository">
      <div className="max-w-3xl">
        {connected === null ? (
          <PathForm onConnected={setConnected} />
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

function PathForm({ onConnected }: { onConnected: (repo: Repo) => void }) {
  const [path, setPath] = useState('')
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
    const given = path.trim()
    setEmpty(given === '')
    if (given === '') return input.current?.focus()
    connect.mutate(given)
  }
  const wrong = empty ? 'Give the path of a repository.' : (fieldErrors(connect.error).repoUrl ?? null)
  return (
    <form noValidate onSubmit={submit} className="space-y-4">
      <p className="text-ink-2">
        Agents get copies of the repository to work on. What they propose is pushed to a branch of its own,
        and its other branches change only by a merge that you, or the policy you set, decide.
      </p>
      <Field
        label="Path"
        error={wrong}
        hint="Absolute, as seen from the machine that Optio runs on. The user that runs Optio has to be able to read and write it."
      >
        {(control) => (
          <TextInput
            {...control}
            ref={input}
            autoFocus
            className="font-mono"
            placeholder="/home/you/projects/shop"
            autoComplete="off"
            spellCheck={false}
            value={path}
            onChange={(event) => setPath(event.target.value)}
          />
        )}
      </Field>
      {connect.error && wrong === null ? (
        <ErrorNotice error={connect.error} title="The repository was not connected" />
      ) : null}
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" busy={connect.isPending}>
          Connect
        </Button>
        <Button asChild>
          <Link to="/repos">Back</Link>
        </Button>
      </div>
    </form>
  )
}
