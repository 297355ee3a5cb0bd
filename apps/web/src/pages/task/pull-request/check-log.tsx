import { Copy } from 'lucide-react'
import { useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'
import { copyText } from './copy-text.ts'

/** Characters of a log that are drawn at first: the end, where the failure is. */
const MOST_CHARACTERS = 30_000

/** Colours of a terminal carry no words; everything else that steers one is shown as text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what they begin with
const COLOURS = /\u001b\[[0-9;:]*m/g

interface CheckLogProps {
  readonly name: string
  readonly log: string
  readonly isOpen: boolean
}

/** The log of a check as text. */
export function CheckLog({ name, log, isOpen }: CheckLogProps) {
  const toasts = useToasts()
  const [whole, setWhole] = useState(false)
  const text = log.replace(COLOURS, '')
  const from = whole ? 0 : Math.max(0, text.length - MOST_CHARACTERS)
  const shown = from === 0 ? text : text.slice(text.indexOf('\n', from) + 1)
  const copy = async () => {
    if (await copyText(log)) toasts.done('Copied the log')
    else toasts.failed('The log was not copied', new Error('This browser does not let pages copy.'))
  }
  return (
    <details open={isOpen} className="mt-1 ml-6">
      <summary className="cursor-pointer text-ink-2">Log</summary>
      <div className="mt-1 flex flex-wrap items-center gap-2">
        <Button small onClick={() => void copy()}>
          <Copy className="size-3.5" aria-hidden="true" />
          Copy
        </Button>
        {shown.length < text.length ? (
          <Button small onClick={() => setWhole(true)}>
            Show the {text.length - shown.length} characters before
          </Button>
        ) : null}
      </div>
      <section
        aria-label={`Log of ${plainLine(name)}`}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable
        tabIndex={0}
        className="mt-1 max-h-96 overflow-auto rounded-md border border-line bg-sunken p-3"
      >
        <pre className="text-xs wrap-anywhere whitespace-pre-wrap">{plainText(shown)}</pre>
      </section>
    </details>
  )
}
