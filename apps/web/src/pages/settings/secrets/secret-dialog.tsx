import type { CallInput, Routes, Secret, SecretValidation } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type SubmitEvent, useId, useRef, useState } from 'react'
import { api } from '../../../api/client.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Dialog } from '../../../ui/dialog.tsx'
import { Field, Select, TextInput } from '../../../ui/field.tsx'
import { fieldErrors } from '../../../ui/field-errors.ts'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { KNOWN_NAMES, purposeOf } from './known-names.ts'
import { ValueField } from './value-field.tsx'

type Body = NonNullable<CallInput<Routes['secrets']['save']>['body']>

/** What was saved, and what the service it belongs to says of it. */
export interface Saved {
  readonly name: string
  readonly validation?: SecretValidation | undefined
}

interface SecretDialogProps {
  /** Its value is replaced; null: another one is added. */
  readonly replaced: Secret | null
  /** Filled in beforehand, for one that is added. */
  readonly name: string
  readonly onClose: () => void
  readonly onSaved: (saved: Saved) => void
}

/** Adds a secret, or replaces the value of one. */
export function SecretDialog({ replaced, onClose, onSaved, ...given }: SecretDialogProps) {
  const [name, setName] = useState(replaced?.name ?? given.name)
  const [value, setValue] = useState('')
  const [scope, setScope] = useState(replaced?.scope ?? 'global')
  const [missing, setMissing] = useState<Readonly<Record<string, string>>>({})
  const form = useRef<HTMLFormElement>(null)
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (body: Body) => api.secrets.save({ body }),
    onSuccess: (saved) => {
      void queryClient.invalidateQueries({ queryKey: ['secrets'] })
      void queryClient.invalidateQueries({ queryKey: ['github'] })
      onSaved(saved)
    },
  })
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const found = {
      ...(name.trim() === '' ? { name: 'Give it a name.' } : {}),
      ...(value.trim() === '' ? { value: 'Give its value.' } : {}),
    }
    setMissing(found)
    save.reset()
    if (Object.keys(found).length === 0) return save.mutate({ name: name.trim(), value, scope })
    requestAnimationFrame(() => form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus())
  }
  const errors: Readonly<Record<string, string>> = { ...fieldErrors(save.error), ...missing }
  const known = (['name', 'value', 'scope'] as const).some((field) => errors[field] !== undefined)
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && onClose()}
      title={replaced === null ? 'Add a secret' : `Replace the value of ${replaced.name}`}
      description={
        replaced === null
          ? 'It is encrypted, and its value is never shown again.'
          : 'What uses it gets the new value from its next start on; the old one is gone.'
      }
    >
      <form ref={form} noValidate onSubmit={submit} className="mt-4 space-y-4">
        {replaced === null ? (
          <>
            <NameField name={name} error={errors.name ?? null} onChange={setName} />
            <ScopeField scope={scope} error={errors.scope ?? errors.repoUrl ?? null} onChange={setScope} />
          </>
        ) : null}
        <ValueField
          value={value}
          error={errors.value ?? null}
          focused={replaced !== null || given.name !== ''}
          onChange={setValue}
        />
        {save.error && !known ? <ErrorNotice error={save.error} title="It was not saved" /> : null}
        <div className="flex flex-wrap justify-end gap-2">
          <Button onClick={onClose}>Back</Button>
          <Button type="submit" look="primary" busy={save.isPending}>
            {save.isPending ? 'Saving and asking its service…' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}

interface TextProps {
  readonly error: string | null
  readonly onChange: (text: string) => void
}

function NameField({ name, error, onChange }: TextProps & { name: string }) {
  const list = useId()
  return (
    <Field
      label="Name"
      error={error}
      hint={
        purposeOf(name) ??
        'The variable it is given as: capital letters, digits and _, and no digit first, such as NPM_TOKEN.'
      }
    >
      {(control) => (
        <>
          <TextInput
            {...control}
            className="font-mono"
            list={list}
            autoComplete="off"
            autoCapitalize="characters"
            spellCheck={false}
            placeholder="NPM_TOKEN"
            value={name}
            onChange={(event) => onChange(event.target.value)}
          />
          <datalist id={list}>
            {KNOWN_NAMES.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </>
      )}
    </Field>
  )
}

function ScopeField({ scope, error, onChange }: TextProps & { scope: string }) {
  const { repos } = useRepos()
  return (
    <Field
      label="Where it holds"
      error={error}
      hint="Of several with one name yours goes before the repository’s, and that before the one for everywhere."
    >
      {(control) => (
        <Select {...control} value={scope} onChange={(event) => onChange(event.target.value)}>
          <option value="global">Everywhere</option>
          <option value="user">Only in what you ask for</option>
          {repos.length === 0 ? null : (
            <optgroup label="Only in one repository">
              {repos.map(({ id, repoUrl, fullName }) => (
                <option key={id} value={repoUrl}>
                  {plainLine(fullName)}
                </option>
              ))}
            </optgroup>
          )}
        </Select>
      )}
    </Field>
  )
}
