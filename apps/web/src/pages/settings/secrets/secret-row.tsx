import type { Secret } from '@optio/contract'
import { CircleAlert, CircleCheck, CircleHelp } from 'lucide-react'
import { type ReactNode, useState } from 'react'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { cx } from '../../../ui/class-names.ts'
import { Moment } from '../../../ui/moments.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { DeleteSecret } from './delete-secret.tsx'

/** One secret: where it holds, what gets it, whether it works, and what can be done with it. */
export function SecretRow({ secret, onReplace }: { secret: Secret; onReplace: () => void }) {
  const [deleting, setDeleting] = useState(false)
  const scope = useScopeWords()(secret)
  const { name, usedBy, lastUsedAt, lastUsedBy, updatedAt } = secret
  return (
    <li className="flex flex-col gap-2 px-4 py-3 sm:flex-row sm:items-start sm:gap-4">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <span className="font-mono font-medium break-all">{plainLine(name)}</span>
          <span className="max-w-full truncate rounded-full bg-sunken px-2 text-xs text-ink-2">{scope}</span>
        </p>
        <p className="mt-1 break-words text-ink-2">
          {usedBy.length === 0
            ? 'Nothing gets it: name it in the settings of a repository, or in a task.'
            : `For ${usedBy.map(plainLine).join('; ')}.`}
        </p>
        <State secret={secret} />
        <p className="mt-1 flex flex-wrap gap-x-3 text-xs text-ink-3">
          <span>
            saved <Moment at={updatedAt} />
          </span>
          <span className="break-words">
            {lastUsedAt === null ? (
              'never used'
            ) : (
              <>
                last used <Moment at={lastUsedAt} />
                {lastUsedBy === null ? null : ` by ${plainLine(lastUsedBy)}`}
              </>
            )}
          </span>
        </p>
      </div>
      <div className="flex gap-2">
        <Button small onClick={onReplace} aria-label={`Replace the value of ${name}, ${scope}`}>
          Replace…
        </Button>
        <Button small look="danger" onClick={() => setDeleting(true)} aria-label={`Delete ${name}, ${scope}`}>
          Delete…
        </Button>
      </div>
      <DeleteSecret secret={secret} scope={scope} open={deleting} onOpenChange={setDeleting} />
    </li>
  )
}

const STATES = {
  bad: { icon: CircleAlert, ink: 'text-bad' },
  good: { icon: CircleCheck, ink: 'text-good' },
  unknown: { icon: CircleHelp, ink: 'text-ink-2' },
} as const

/** Whether it can be read, and what the service it belongs to last said of it. */
function State({ secret: { readable, validation } }: { secret: Secret }) {
  if (!readable) {
    return (
      <Line state="bad">
        It cannot be decrypted with the present key. Start Optio with the key it was encrypted with, or
        replace its value.
      </Line>
    )
  }
  if (validation === null) return null
  const { valid, detail, checkedAt } = validation
  return (
    <Line state={valid === null ? 'unknown' : valid ? 'good' : 'bad'}>
      {plainText(detail)}{' '}
      <span className="text-xs text-ink-3">
        (asked <Moment at={checkedAt} />)
      </span>
    </Line>
  )
}

function Line({ state, children }: { state: keyof typeof STATES; children: ReactNode }) {
  const { icon: Icon, ink } = STATES[state]
  return (
    <p className={cx('mt-1 flex gap-1.5', ink)}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden="true" />
      <span className="min-w-0 break-words">{children}</span>
    </p>
  )
}

/** Where a secret holds, in words. */
function useScopeWords(): (secret: Secret) => string {
  const { nameOf } = useRepos()
  return ({ scope }) => {
    if (scope === 'global') return 'everywhere'
    if (scope === 'user') return 'only yours'
    return scope === '' ? 'a repository that is gone' : `only ${nameOf(scope)}`
  }
}
