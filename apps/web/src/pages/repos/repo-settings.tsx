import type { Repo } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useBlocker } from '@tanstack/react-router'
import { type SubmitEvent, useEffect, useRef, useState } from 'react'
import { api } from '../../api/client.ts'
import { queries } from '../../api/queries.ts'
import { Button } from '../../ui/button.tsx'
import { cx } from '../../ui/class-names.ts'
import { counted } from '../../ui/counted.ts'
import { Confirm } from '../../ui/dialog.tsx'
import { fieldErrors } from '../../ui/field-errors.ts'
import { ErrorNotice } from '../../ui/notice.tsx'
import { useToasts } from '../../ui/toasts.tsx'
import { ForgeSettings, SecretSettings } from './forge-settings.tsx'
import { PromptSettings, ReviewSettings } from './review-settings.tsx'
import { AgentSettings, CheckSettings, LimitSettings, MergeSettings } from './setting-groups.tsx'
import { changedFields, changeOf, errorsByField, formOf, type SettingsForm } from './settings-form.ts'

type Change = ReturnType<typeof changeOf>['change']

/**
 * The settings of a repository. Only what was changed here is kept apart and sent, so that a change somebody else makes
 * meanwhile shows, and is not undone by saving.
 */
export function RepoSettings({ repo }: { repo: Repo }) {
  const [edits, setEdits] = useState<Partial<SettingsForm>>({})
  const [problems, setProblems] = useState<ReturnType<typeof changeOf>['problems']>({})
  const form = useRef<HTMLFormElement>(null)
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const isLocal = repo.gitPlatform === 'local'
  const before = formOf(repo)
  const now: SettingsForm = { ...before, ...edits }
  const changed = changedFields(before, now)

  const save = useMutation({
    mutationFn: (body: Change) => api.repos.edit({ params: { id: repo.id }, body }),
    onSuccess: ({ repo: saved }) => {
      queryClient.setQueryData(queries.repo(repo.id).queryKey, saved)
      void queryClient.invalidateQueries({ queryKey: ['repos'] })
      setEdits({})
      toasts.done('Settings saved', 'They hold for everything that starts from now on.')
    },
  })
  const errors = { ...errorsByField(fieldErrors(save.error)), ...problems }
  useEffect(() => {
    if (save.error || Object.keys(problems).length > 0) {
      form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus()
    }
  }, [save.error, problems])

  const leaving = useBlocker({
    shouldBlockFn: ({ current, next }) => changed.length > 0 && current.pathname !== next.pathname,
    enableBeforeUnload: () => changed.length > 0,
    withResolver: true,
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const { change, problems: found } = changeOf(before, now)
    setProblems(found)
    save.reset()
    if (Object.keys(found).length === 0 && changed.length > 0) save.mutate(change)
  }
  const discard = () => {
    setEdits({})
    setProblems({})
    save.reset()
  }
  const groups = {
    form: now,
    errors,
    change: (part: Partial<SettingsForm>) => setEdits((earlier) => ({ ...earlier, ...part })),
  }
  return (
    <form ref={form} noValidate onSubmit={submit} className="min-w-0 space-y-4">
      <AgentSettings {...groups} />
      <CheckSettings {...groups} isLocal={isLocal} />
      <SecretSettings {...groups} />
      <MergeSettings {...groups} isLocal={isLocal} />
      {isLocal ? null : <ForgeSettings {...groups} />}
      <ReviewSettings {...groups} />
      <LimitSettings {...groups} />
      <PromptSettings {...groups} repoId={repo.id} />
      {save.error && Object.keys(errors).length === 0 ? (
        <ErrorNotice error={save.error} title="The settings were not saved" />
      ) : null}
      <div
        className={cx(
          'flex flex-wrap items-center gap-2 py-3',
          changed.length > 0 &&
            'sticky bottom-0 z-10 -mx-4 border-t border-line bg-page px-4 sm:mx-0 sm:px-0',
        )}
      >
        <Button type="submit" look="primary" busy={save.isPending} disabled={changed.length === 0}>
          Save
        </Button>
        {changed.length > 0 ? <Button onClick={discard}>Discard</Button> : null}
        <p role="status" className="text-ink-3">
          {changed.length > 0 ? `${counted(changed.length, 'unsaved change')}.` : ''}
        </p>
      </div>
      <Confirm
        open={leaving.status === 'blocked'}
        onOpenChange={(open) => !open && leaving.status === 'blocked' && leaving.reset()}
        title="Leave without saving?"
        description={`${counted(changed.length, 'change')} to the settings would be lost.`}
        action="Leave without saving"
        onConfirm={() => leaving.status === 'blocked' && leaving.proceed()}
      />
    </form>
  )
}
