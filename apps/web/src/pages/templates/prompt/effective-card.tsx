import type { PromptTemplateKind } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { KIND_WORDS, SOURCE_WORDS } from './kind-words.ts'

interface EffectiveCardProps {
  readonly kind: PromptTemplateKind
  /** Empty: a repository that has nothing of its own. */
  readonly repoUrl: string
  readonly repoId: string | undefined
}

/** The template that holds for a kind and a repository, and why it does. */
export function EffectiveCard({ kind, repoUrl, repoId }: EffectiveCardProps) {
  const { data, error } = useQuery(queries.effectiveTemplate(kind, repoUrl))
  if (!data) return error ? <ErrorNotice error={error} title="What holds could not be read" /> : null
  const { template, source } = data
  return (
    <Card
      title={`In effect: ${plainLine(template.name)}`}
      actions={
        template.id !== null ? (
          <Button asChild small>
            <Link to="/templates/$templateId" params={{ templateId: template.id }}>
              Edit it
            </Link>
          </Button>
        ) : source === 'repository_setting' && repoId !== undefined ? (
          <Button asChild small>
            <Link to="/repos/$repoId" params={{ repoId }}>
              Settings
            </Link>
          </Button>
        ) : null
      }
    >
      <div className="space-y-1 px-4 py-3">
        <p>{KIND_WORDS[kind].what}</p>
        <p className="text-ink-2">{SOURCE_WORDS[source]}</p>
        <details>
          <summary className="cursor-pointer py-1 text-accent">Show its text</summary>
          <section
            className="mt-1 max-h-72 overflow-auto rounded bg-sunken p-3"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
            tabIndex={0}
            aria-label="The template in effect"
          >
            <p className="font-mono text-xs wrap-anywhere whitespace-pre-wrap">
              {plainText(template.template)}
            </p>
          </section>
        </details>
      </div>
    </Card>
  )
}
