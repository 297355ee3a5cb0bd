import { errorWords } from '../../../ui/notice.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'

interface WhatIsToldProps {
  /** Null where there is none to show. */
  readonly title: string | null
  /** Null until it is read. */
  readonly prompt: string | null
  readonly error: Error | null
}

/** A prompt as an agent would get it, or why there is none. */
export function WhatIsTold({ title, prompt, error }: WhatIsToldProps) {
  if (error) return <p className="break-words text-bad">{plainText(errorWords(error))}</p>
  if (prompt === null) return <p className="text-ink-3">Reading…</p>
  return (
    <>
      {title === null ? null : <p className="mb-2 font-medium wrap-anywhere">{plainLine(title)}</p>}
      <section
        className="max-h-72 overflow-auto rounded bg-sunken p-3"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
        tabIndex={0}
        aria-label="What the agent is told"
      >
        <p className="font-mono text-xs wrap-anywhere whitespace-pre-wrap">{plainText(prompt)}</p>
      </section>
    </>
  )
}
