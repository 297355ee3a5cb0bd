import { AGENT_TYPES, type AgentDiagnosis } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { queries } from '../api/queries.ts'
import { agentName, loginWords } from '../ui/agent-name.ts'
import { Field, Select } from '../ui/field.tsx'
import { Notice } from '../ui/notice.tsx'
import { plainLine, plainText } from '../ui/plain-text.ts'

interface AgentChoiceProps {
  readonly label: string
  /** Empty: the one that `usual` names. */
  readonly value: string
  readonly onChange: (type: string) => void
  /** The agent that is taken when none is chosen; empty when that is not known yet, null when one has to be chosen. */
  readonly usual: string | null
  /** Whose that is. */
  readonly usualOf?: string
  readonly error?: string | null
  readonly hint?: string
}

/** An agent, with what is known of it on the server's machine: whether it can run, how it is logged in, what is missing. */
export function AgentChoice({
  label,
  value,
  onChange,
  usual,
  usualOf = 'The repository’s own',
  error,
  hint,
}: AgentChoiceProps) {
  const { data: report } = useQuery(queries.doctor())
  const chosen = value || usual || ''
  const found = report?.agents.find(({ type }) => type === chosen)
  const types = [
    ...new Set([...(report?.agents.map(({ type }) => type) ?? AGENT_TYPES), ...(value ? [value] : [])]),
  ]
  return (
    <div className="space-y-2">
      <Field label={label} error={error ?? null} hint={hint ?? (found ? readyWords(found) : null)}>
        {(control) => (
          <Select {...control} value={value} onChange={(event) => onChange(event.target.value)}>
            {usual === null ? null : (
              <option value="">
                {usualOf}
                {usual === '' ? '' : `: ${agentName(usual)}`}
              </option>
            )}
            {types.map((type) => {
              const known = report?.agents.find((each) => each.type === type)
              return (
                <option key={type} value={type}>
                  {agentName(type)}
                  {known && !known.available ? ' (cannot run here)' : ''}
                </option>
              )
            })}
          </Select>
        )}
      </Field>
      {found && !found.available && found.problem !== null ? (
        <Notice tone="warn" title={`${agentName(found.type)} cannot run on this machine`}>
          {plainText(found.problem)}
        </Notice>
      ) : null}
    </div>
  )
}

function readyWords({ available, version, login }: AgentDiagnosis): string | null {
  if (!available) return null
  const facts = [
    version === null ? null : plainLine(version),
    login === null ? null : `logged in ${loginWords(login)}`,
  ]
  const known = facts.filter((fact) => fact !== null).join(', ')
  return known === '' ? 'Ready.' : `Ready: ${known}.`
}
