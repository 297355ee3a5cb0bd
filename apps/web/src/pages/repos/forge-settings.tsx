import { REQUESTS_FROM } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { Field, Select, Toggle } from '../../ui/field.tsx'
import { Group, type GroupProps, Lines } from './setting-groups.tsx'

/** What agents of this repository are given besides what their type needs. */
export function SecretSettings(group: GroupProps) {
  return (
    <Group title="Secrets of agents">
      <Lines
        {...group}
        name="agentSecrets"
        label="Names of secrets"
        hint={
          <>
            One a line, such as NPM_TOKEN: agents here get them as variables, besides what their type needs.
            The values are saved in{' '}
            <Link to="/settings/secrets" className="text-accent underline">
              Secrets
            </Link>
            . What could write to GitHub is never given.
          </>
        }
      />
    </Group>
  )
}

const WHO: Readonly<Record<(typeof REQUESTS_FROM)[number], string>> = {
  writers: 'People who can write to the repository',
  anyone: 'Anybody',
}

/** What is done on the forge, and who may ask for work there. */
export function ForgeSettings({ form, errors, change }: GroupProps) {
  return (
    <Group title="On GitHub">
      <Field
        label="Who may cause work"
        error={errors.requestsFrom ?? null}
        hint="By the label optio on an issue, a review or a comment. What anybody else writes is shown and sends no agent to work. In a public repository, “anybody” lets strangers spend your budget."
      >
        {(control) => (
          <Select
            {...control}
            value={form.requestsFrom}
            onChange={(event) => change({ requestsFrom: event.target.value })}
          >
            {REQUESTS_FROM.map((who) => (
              <option key={who} value={who}>
                {WHO[who]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Toggle
        label="Delete the branch after the merge"
        hint="Only while it points to the commit that was merged."
        checked={form.deleteBranchOnMerge}
        onChange={(event) => change({ deleteBranchOnMerge: event.target.checked })}
      />
      <Toggle
        label="Close the issue after the merge"
        hint="The issue the task was made of, with a comment that links the pull request."
        checked={form.closeIssueOnMerge}
        onChange={(event) => change({ closeIssueOnMerge: event.target.checked })}
      />
    </Group>
  )
}
