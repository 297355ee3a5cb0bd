import type { TaskTemplate } from '@optio/contract'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../api/queries.ts'
import { Field, Select } from '../../ui/field.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import type { TaskDraft } from './draft.ts'

interface TemplateChoiceProps {
  /** Id of the one that was chosen; empty for none. */
  readonly value: string
  readonly onChange: (template: TaskTemplate | null) => void
}

/** Templates a task can start from; nothing where there are none. */
export function TemplateChoice({ value, onChange }: TemplateChoiceProps) {
  const { data } = useInfiniteQuery(queries.taskTemplates())
  const templates = data?.pages.flatMap((page) => page.templates) ?? []
  if (templates.length === 0) return null
  return (
    <Field
      label="Start from a template"
      optional
      hint={
        <>
          It fills in the form; change what is different this time.{' '}
          <Link to="/templates/tasks" className="text-accent underline">
            All templates
          </Link>
        </>
      }
    >
      {(control) => (
        <Select
          {...control}
          value={value}
          onChange={({ target }) => onChange(templates.find(({ id }) => id === target.value) ?? null)}
        >
          <option value="">None</option>
          {templates.map(({ id, name }) => (
            <option key={id} value={id}>
              {plainLine(name)}
            </option>
          ))}
        </Select>
      )}
    </Field>
  )
}

/** What a template fills in; what it says nothing about stays as it is. */
export function filledIn({ title, prompt, repoUrl, agentType, priority }: TaskTemplate): Partial<TaskDraft> {
  return {
    prompt,
    ...(title === null ? {} : { title }),
    ...(repoUrl === null ? {} : { repoUrl }),
    ...(agentType === null ? {} : { agentType }),
    ...(priority === null ? {} : { priority: String(priority) }),
  }
}
