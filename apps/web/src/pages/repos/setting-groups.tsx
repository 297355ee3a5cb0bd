import { MERGE_METHODS } from '@optio/contract'
import type { ReactNode } from 'react'
import { AgentChoice } from '../../tasks/agent-choice.tsx'
import { Field, Select, TextArea, TextInput, Toggle } from '../../ui/field.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import type { SettingName, SettingsForm } from './settings-form.ts'

export interface GroupProps {
  readonly form: SettingsForm
  readonly errors: Readonly<Partial<Record<SettingName, string>>>
  readonly change: (part: Partial<SettingsForm>) => void
}

type TextName = {
  [K in SettingName]: SettingsForm[K] extends string ? K : never
}[SettingName]

interface SettingProps extends GroupProps {
  readonly name: TextName
  readonly label: string
  readonly hint: ReactNode
}

/** A setting of one line. */
export function Line({
  form,
  errors,
  change,
  name,
  label,
  hint,
  numeric = false,
}: SettingProps & { numeric?: boolean }) {
  return (
    <Field label={label} hint={hint} error={errors[name] ?? null}>
      {(control) => (
        <TextInput
          {...control}
          value={form[name]}
          onChange={(event) => change({ [name]: event.target.value })}
          inputMode={numeric ? 'decimal' : 'text'}
          autoComplete="off"
          spellCheck={false}
        />
      )}
    </Field>
  )
}

/** A setting of several lines, as programs read them. */
export function Lines({ form, errors, change, name, label, hint }: SettingProps) {
  return (
    <Field label={label} hint={hint} error={errors[name] ?? null}>
      {(control) => (
        <TextArea
          {...control}
          className="min-h-20 font-mono"
          value={form[name]}
          onChange={(event) => change({ [name]: event.target.value })}
          spellCheck={false}
        />
      )}
    </Field>
  )
}

export function Group({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card title={title}>
      <div className="space-y-4 p-4">{children}</div>
    </Card>
  )
}

export function AgentSettings(group: GroupProps) {
  const { form, errors, change } = group
  const isCommand = form.defaultAgentType === 'command'
  return (
    <Group title="Agent">
      <AgentChoice
        label="Agent of new tasks"
        value={form.defaultAgentType}
        onChange={(defaultAgentType) => change({ defaultAgentType })}
        usual={null}
        error={errors.defaultAgentType ?? null}
      />
      {isCommand || form.agentCommand !== '' ? (
        <Lines
          {...group}
          name="agentCommand"
          label="Command"
          hint="For “Own command”: one argument a line, the first is the program (an absolute path, or found on the server’s PATH). No shell reads it, so nothing needs quotes. The prompt comes on standard input."
        />
      ) : null}
      <div className="grid gap-4 sm:grid-cols-2">
        <Line {...group} name="model" label="Model" hint="Empty: the agent’s own default." />
        <Line
          {...group}
          numeric
          name="maxTurnsCoding"
          label="Most turns of an attempt"
          hint="For agents that count turns. Empty: no limit."
        />
      </div>
      <Line {...group} name="defaultBranch" label="Base branch" hint="Where pull requests go to." />
    </Group>
  )
}

interface PlacedProps extends GroupProps {
  /** The repository is on this machine: Optio itself checks and merges. */
  readonly isLocal: boolean
}

export function CheckSettings({ isLocal, ...group }: PlacedProps) {
  return (
    <Group title="Commands">
      <Lines
        {...group}
        name="setupCommands"
        label="Set-up commands"
        hint="A script for sh, run in every fresh copy before the agent begins: what installs the dependencies."
      />
      <Lines
        {...group}
        name="testCommand"
        label="Test command"
        hint={
          isLocal
            ? 'A script for sh: the check of every pull request. It is run in a clean copy of what the merge would be.'
            : 'A script for sh that agents are told of, to try what they did. The checks of pull requests are those of GitHub.'
        }
      />
    </Group>
  )
}

const METHODS = {
  squash: 'Squash: one commit for the whole pull request',
  merge: 'Merge: keeps its commits, adds a merge commit',
  rebase: 'Rebase: its commits on top of the base',
} as const

export function MergeSettings({ isLocal, ...group }: PlacedProps) {
  const { form, errors, change } = group
  const hasTests = form.testCommand.trim() !== ''
  return (
    <Group title="Merging">
      <Toggle
        label="Merge by itself"
        hint="Optio merges a pull request without asking anybody once its checks pass and nobody requests changes. It merges exactly the commit that was checked, on the base it was checked with. Off: you merge."
        checked={form.autoMerge}
        onChange={(event) => change({ autoMerge: event.target.checked })}
      />
      {form.autoMerge && isLocal && !hasTests && !form.cautiousMode ? (
        <Notice tone="info" title="There is no test command">
          With nothing to check, a pull request waits for an approval and then merges by itself.
        </Notice>
      ) : null}
      {form.autoMerge && form.cautiousMode ? (
        <Notice tone="info" title="Cautious mode wins: nothing merges by itself." />
      ) : null}
      <Toggle
        label="Cautious mode"
        hint="Pull requests are opened as drafts, and only a person merges."
        checked={form.cautiousMode}
        onChange={(event) => change({ cautiousMode: event.target.checked })}
      />
      <Field label="How it is merged" error={errors.mergeMethod ?? null}>
        {(control) => (
          <Select
            {...control}
            value={form.mergeMethod}
            onChange={(event) => change({ mergeMethod: event.target.value })}
          >
            {MERGE_METHODS.map((method) => (
              <option key={method} value={method}>
                {METHODS[method]}
              </option>
            ))}
          </Select>
        )}
      </Field>
      <Toggle
        label="Send the agent back by itself"
        hint="When checks fail, a reviewer requests changes or the base moved into its way, the agent is told and tries again. Off: you decide each time."
        checked={form.autoResume}
        onChange={(event) => change({ autoResume: event.target.checked })}
      />
      <Line
        {...group}
        numeric
        name="maxAutoResumes"
        label="How often at most"
        hint="For one task; then it waits for you."
      />
      <Toggle
        label="Close the pull request of a cancelled task"
        hint="Off: it stays open. Its branch is kept in any case."
        checked={form.closeOnCancel}
        onChange={(event) => change({ closeOnCancel: event.target.checked })}
      />
    </Group>
  )
}

export function LimitSettings(group: GroupProps) {
  const { form, errors, change } = group
  return (
    <Group title="Limits">
      <div className="grid gap-4 sm:grid-cols-2">
        <Line
          {...group}
          numeric
          name="maxConcurrentTasks"
          label="Agents at work at once"
          hint="In this repository; the server has a limit for all."
        />
        <Line
          {...group}
          numeric
          name="budgetUsd"
          label="Budget of a task in USD"
          hint="The agent is stopped there, and you are asked. Empty: no cap."
        />
        <Line
          {...group}
          numeric
          name="attemptMinutes"
          label="Longest attempt, in minutes"
          hint="Then it is stopped, also while Optio is down, and you are asked."
        />
        <Line
          {...group}
          numeric
          name="stallMinutes"
          label="Silent after, in minutes"
          hint="An agent that says nothing for so long is shown as silent. It is not stopped."
        />
      </div>
      <Field
        label="When a task that another one waits for comes to nothing"
        error={errors.onDependencyFailure ?? null}
        hint="Failed, cancelled or deleted. Steps of a task always fail with the step before them."
      >
        {(control) => (
          <Select
            {...control}
            value={form.onDependencyFailure}
            onChange={(event) => change({ onDependencyFailure: event.target.value })}
          >
            <option value="fail">The one that waits fails too</option>
            <option value="wait">The one that waits asks you</option>
          </Select>
        )}
      </Field>
    </Group>
  )
}
