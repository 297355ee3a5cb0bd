import { Card } from '../../../ui/page.tsx'
import { type FormPartProps, Line, Lines } from './form-parts.tsx'

/** What the directory is like that an agent without a repository starts in. */
export function EnvironmentFields(part: FormPartProps) {
  return (
    <Card title="Environment">
      <div className="space-y-4 p-4">
        <p className="text-ink-2">Each run has an empty directory of its own.</p>
        <Lines
          {...part}
          name="setupCommands"
          label="Set-up commands"
          optional
          hint="A script for sh, run there before the agent begins."
        />
        <Lines
          {...part}
          name="env"
          label="Variables"
          optional
          hint="NAME=value, one a line, for the agent. They are stored and shown as they are: no place for secrets."
        />
        <div className="grid gap-4 sm:grid-cols-2">
          <Line
            {...part}
            name="attemptMinutes"
            label="Longest attempt, in minutes"
            optional
            mode="decimal"
            hint="Then it is stopped, also while Optio is down. Left out: 120."
          />
          <Line
            {...part}
            name="stallMinutes"
            label="Silent after, in minutes"
            optional
            mode="decimal"
            hint="An agent that says nothing for so long is shown as silent. Left out: 5."
          />
        </div>
      </div>
    </Card>
  )
}
