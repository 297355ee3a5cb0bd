import { REVIEW_TRIGGERS } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { AgentChoice } from '../../tasks/agent-choice.tsx'
import { Field, Select, Toggle } from '../../ui/field.tsx'
import { Group, type GroupProps, Line, Lines } from './setting-groups.tsx'

const WHEN: Readonly<Record<(typeof REVIEW_TRIGGERS)[number], string>> = {
  manual: 'When somebody asks for it',
  on_pr: 'For each new commit, before the checks count',
  on_ci_pass: 'Once the checks of a commit pass',
}

/** Whether, when and by whom pull requests are reviewed. */
export function ReviewSettings(group: GroupProps) {
  const { form, errors, change } = group
  return (
    <Group title="Reviews by agents">
      <Toggle
        label="Agents review pull requests"
        hint="An agent reads the change in a copy of its own, from which it cannot push, and approves, comments or requests changes. Its verdict counts for exactly the commit it read; one that fails is no approval."
        checked={form.reviewEnabled}
        onChange={(event) => change({ reviewEnabled: event.target.checked })}
      />
      <Field label="When" error={errors.reviewTrigger ?? null}>
        {(control) => (
          <Select
            {...control}
            value={form.reviewTrigger}
            onChange={(event) => change({ reviewTrigger: event.target.value })}
          >
            {REVIEW_TRIGGERS.map((trigger) => (
              <option key={trigger} value={trigger}>
                {WHEN[trigger]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <AgentChoice
        label="Agent that reviews"
        value={form.reviewAgentType}
        onChange={(reviewAgentType) => change({ reviewAgentType })}
        usual={form.defaultAgentType}
        usualOf="As for new tasks"
        error={errors.reviewAgentType ?? null}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <Line {...group} name="reviewModel" label="Model that reviews" hint="Empty: the agent’s usual one." />
        <Line
          {...group}
          numeric
          name="maxTurnsReview"
          label="Most turns of a review"
          hint="For agents that count turns. Empty: no limit."
        />
        <Line
          {...group}
          numeric
          name="maxReviewRounds"
          label="Most rounds"
          hint="Reviews of one pull request that are made by themselves; then you are asked."
        />
      </div>
    </Group>
  )
}

/** What agents are told here, where it is not what they are told everywhere. */
export function PromptSettings({ repoId, ...group }: GroupProps & { repoId: string }) {
  return (
    <Group title="Prompts">
      <p className="text-ink-2">
        What is written here holds before any template.{' '}
        <Link to="/templates" search={{ repo: repoId, kind: 'prompt' }} className="text-accent underline">
          Templates
        </Link>{' '}
        have a preview, and say which values can be used.
      </p>
      <Lines
        {...group}
        name="promptTemplateOverride"
        label="Template for agents that write code"
        hint="Empty: the template that holds for this repository."
      />
      <Lines
        {...group}
        name="reviewPromptTemplate"
        label="Template for agents that review"
        hint="Empty: the template that holds for this repository."
      />
    </Group>
  )
}
