import { useRepos } from '../../tasks/repo-names.ts'
import { Field, Select } from '../../ui/field.tsx'
import { plainLine } from '../../ui/plain-text.ts'

interface RepoChoiceProps {
  readonly label: string
  /** Address of a repository; empty: all of them. */
  readonly value: string
  readonly onChange: (repoUrl: string) => void
  /** What is chosen when none is. */
  readonly all: string
  readonly hint?: string
  readonly error?: string | null
}

/** One of the connected repositories, or all. */
export function RepoChoice({ label, value, onChange, all, hint, error }: RepoChoiceProps) {
  const { repos, nameOf } = useRepos()
  const isKnown = value === '' || repos.some(({ repoUrl }) => repoUrl === value)
  return (
    <Field label={label} hint={hint} error={error ?? null}>
      {(control) => (
        <Select {...control} value={value} onChange={({ target }) => onChange(target.value)}>
          <option value="">{all}</option>
          {isKnown ? null : <option value={value}>{nameOf(value)}</option>}
          {repos.map(({ id, repoUrl, fullName }) => (
            <option key={id} value={repoUrl}>
              {plainLine(fullName)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}
