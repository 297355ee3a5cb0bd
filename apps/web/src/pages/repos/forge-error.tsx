import { ApiError } from '@optio/contract'
import { Link } from '@tanstack/react-router'
import { Button } from '../../ui/button.tsx'
import { ErrorNotice, errorWords, Notice } from '../../ui/notice.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

/** An error that may be about the credential of a forge: then with each permission that is missing, and the way to the secrets. */
export function ForgeErrorNotice({ error, title }: { error: unknown; title: string }) {
  const code = error instanceof ApiError ? error.code : null
  if (code !== 'FORGE_CREDENTIAL' && code !== 'FORGE_PERMISSION') {
    return <ErrorNotice error={error} title={title} />
  }
  const missing = missingIn(error)
  return (
    <Notice
      tone="bad"
      title={title}
      urgent
      actions={
        <Button asChild small>
          <Link to="/settings/secrets" search={{ add: 'GITHUB_TOKEN' }}>
            {code === 'FORGE_CREDENTIAL' ? 'Save a token' : 'Save another token'}
          </Link>
        </Button>
      }
    >
      <p>{plainText(errorWords(error))}</p>
      {missing.length === 0 ? null : (
        <>
          <p className="mt-2 font-medium text-ink">What the token lacks</p>
          <ul className="mt-0.5 list-disc pl-5">
            {missing.map((each) => (
              <li key={each}>{plainLine(each)}</li>
            ))}
          </ul>
        </>
      )}
      <p className="mt-1 font-mono text-xs">{code}</p>
    </Notice>
  )
}

function missingIn(error: unknown): readonly string[] {
  const details = error instanceof ApiError ? error.details : null
  const { missing } = (details ?? {}) as { missing?: unknown }
  return Array.isArray(missing) ? missing.filter((each) => typeof each === 'string') : []
}
