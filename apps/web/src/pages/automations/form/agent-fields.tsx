import { Link } from '@tanstack/react-router'
import type { AutomationKind } from '../../../app/search.ts'
import { AgentChoice } from '../../../tasks/agent-choice.tsx'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Notice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { type FormPartProps, Line, Lines } from './form-parts.tsx'

/** Which agent does it. */
export function AgentFields({ kind, ...part }: FormPartProps & { kind: AutomationKind }) {
  const { draft, errors, change } = part
  const { repos } = useRepos()
  const repo = repos.find(({ repoUrl }) => repoUrl === draft.repoUrl)
  const isAlone = kind === 'standalone'
  return (
    <Card title="Agent">
      <div className="space-y-4 p-4">
        <AgentChoice
          label="Agent"
          value={draft.agentType}
          onChange={(agentType) => change({ agentType })}
          usual={isAlone ? null : (repo?.defaultAgentType ?? '')}
          error={errors.agentType ?? null}
        />
        {isAlone && (draft.agentType === 'command' || draft.agentCommand !== '') ? (
          <Lines
            {...part}
            name="agentCommand"
            label="Command"
            hint="For “Own command”: one argument a line, the first is the program (an absolute path, or found on the server’s PATH). No shell reads it. The prompt comes on standard input."
          />
        ) : null}
        {!isAlone && draft.agentType === 'command' && repo && repo.agentCommand === null ? (
          <Notice
            tone="warn"
            title="This repository does not say which program its own agent is"
            actions={
              <Button asChild small>
                <Link to="/repos/$repoId" params={{ repoId: repo.id }}>
                  Set it
                </Link>
              </Button>
            }
          />
        ) : null}
        <div className="grid gap-4 sm:grid-cols-2">
          <Line
            {...part}
            name="model"
            label="Model"
            optional
            hint={
              isAlone
                ? 'Left out: the agent’s default.'
                : 'Left out: the repository’s, or the agent’s default.'
            }
          />
          <Line
            {...part}
            name="maxTurns"
            label="Most turns of an attempt"
            optional
            mode="numeric"
            hint="For agents that count turns. Left out: no limit."
          />
        </div>
      </div>
    </Card>
  )
}
