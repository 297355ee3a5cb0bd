import type { AutomationKind } from '../../../app/search.ts'
import { Card } from '../../../ui/page.tsx'
import { type FormPartProps, Line } from './form-parts.tsx'

/** What its runs may take. */
export function LimitFields({ kind, ...part }: FormPartProps & { kind: AutomationKind }) {
  const isAlone = kind === 'standalone'
  return (
    <Card title="Limits">
      <div className="grid gap-4 p-4 sm:grid-cols-2">
        <Line
          {...part}
          name="budgetUsd"
          label="Budget of a run in USD"
          optional
          mode="decimal"
          hint={
            isAlone
              ? 'The agent is stopped there, and you are asked. Left out: no cap.'
              : 'The agent is stopped there, and you are asked. Left out: the repository’s.'
          }
        />
        <Line
          {...part}
          name="maxRetries"
          label="Retries"
          optional
          mode="numeric"
          hint={`When the agent exits with an error: 0 to 10. Left out: ${isAlone ? 1 : 3}.`}
        />
        <Line
          {...part}
          name="priority"
          label="Priority"
          optional
          mode="numeric"
          hint="0 to 1000; lower goes first. Left out: 100."
        />
        {isAlone ? (
          <Line
            {...part}
            name="maxConcurrent"
            label="Runs at once"
            optional
            mode="numeric"
            hint="The server has a limit for all. Left out: 2."
          />
        ) : null}
      </div>
    </Card>
  )
}
