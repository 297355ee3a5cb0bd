import type { Trigger } from '@optio/contract'
import { Copy } from 'lucide-react'
import { Button } from '../../../ui/button.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'
import { examplePayload } from './example-payload.ts'

/** Where a webhook is called, and a command that calls it. */
export function HookExample({ trigger }: { trigger: Trigger }) {
  const url = hookUrlOf(trigger)
  const example = curlExample(trigger, url)
  return (
    <div className="space-y-2">
      <p className="flex flex-wrap items-center gap-2">
        <code className="min-w-0 rounded bg-sunken px-2 py-1 text-xs break-all">{plainLine(url)}</code>
        <CopyButton what="the address" text={url} />
      </p>
      {trigger.config.hasSecret === true ? null : (
        <p className="text-xs text-warn">
          Whoever knows the address can start it. Give it a secret to let in only calls that are signed.
        </p>
      )}
      <details>
        <summary className="w-fit cursor-pointer text-xs text-ink-2 hover:text-ink">How to call it</summary>
        <div className="mt-1 space-y-2">
          <pre
            className="max-h-60 overflow-auto rounded bg-sunken p-3 text-xs whitespace-pre-wrap break-all"
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what is scrolled has to be reached by keyboard
            tabIndex={0}
          >
            {plainText(example)}
          </pre>
          <CopyButton what="the example" text={example} />
          <p className="text-xs text-ink-3">
            {trigger.paramMapping === null
              ? 'The top-level keys of the JSON body are the parameters.'
              : 'Each parameter is taken from its path in the JSON body.'}{' '}
            {trigger.config.hasSecret === true
              ? 'The signature is good for five minutes; without X-Optio-Timestamp it is one of the body alone, and stays good. '
              : ''}
            With X-Optio-Delivery, the sender’s name for this one event, a call that is repeated starts
            nothing twice.
          </p>
        </div>
      </details>
    </div>
  )
}

function hookUrlOf({ hookUrl, config }: Trigger): string {
  return hookUrl === null
    ? `${window.location.origin}/api/hooks/${encodeURIComponent(String(config.path ?? ''))}`
    : new URL(hookUrl, window.location.origin).href
}

/** A command for a POSIX shell; the secret is never known here, so that it stands in a variable. */
function curlExample({ config, paramMapping }: Trigger, url: string): string {
  const body = JSON.stringify(examplePayload(paramMapping))
  const lines = [`BODY=${quoted(body)}`]
  if (config.hasSecret === true) {
    lines.push(
      "SECRET='the secret of this webhook'",
      'TIME=$(date +%s)',
      `SIGNATURE=$(printf '%s.%s' "$TIME" "$BODY" | openssl dgst -sha256 -hmac "$SECRET" -r | cut -d' ' -f1)`,
    )
  }
  lines.push(`curl -X POST ${quoted(url)} \\`, "  -H 'Content-Type: application/json' \\")
  if (config.hasSecret === true)
    lines.push('  -H "X-Optio-Timestamp: $TIME" -H "X-Optio-Signature: sha256=$SIGNATURE" \\')
  lines.push('  --data-binary "$BODY"')
  return lines.join('\n')
}

/** As one word for a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function CopyButton({ what, text }: { what: string; text: string }) {
  const toasts = useToasts()
  return (
    <Button
      small
      aria-label={`Copy ${what}`}
      onClick={() =>
        void navigator.clipboard
          .writeText(text)
          .then(() => toasts.done(`Copied ${what}`))
          .catch((error: unknown) => toasts.failed(`Could not copy ${what}`, error))
      }
    >
      <Copy className="size-3.5" aria-hidden="true" />
      Copy
    </Button>
  )
}
