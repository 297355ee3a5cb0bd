import type { Definition } from '../../api/queries.ts'
import { Card } from '../../ui/page.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

/** What agents are told, before parameters are filled in. */
export function PromptCard({ definition: { title, name, prompt } }: { definition: Definition }) {
  return (
    <Card title="What is to be done">
      <section
        className="max-h-80 overflow-auto px-4 py-3"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
        tabIndex={0}
        aria-label="Prompt"
      >
        {title !== name ? (
          <p className="mb-2 text-xs text-ink-3">
            Title of each run: <span className="font-mono text-ink-2 wrap-anywhere">{plainLine(title)}</span>
          </p>
        ) : null}
        <p className="font-mono text-xs/5 wrap-anywhere whitespace-pre-wrap">{plainText(prompt)}</p>
      </section>
    </Card>
  )
}
