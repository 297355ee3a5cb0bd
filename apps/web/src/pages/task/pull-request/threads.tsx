import type { PullRequest } from '@optio/contract'
import { Moment } from '../../../ui/moments.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { placeWords } from './comment-editor.tsx'

/** Conversations on the forge that nobody has resolved. */
export function Threads({ pr: { threads = [], state } }: { pr: PullRequest }) {
  if (threads.length === 0) return null
  return (
    <Card title={`Unresolved conversations (${threads.length})`}>
      <ul className="divide-y divide-line">
        {threads.map(({ id, path, line, comments }) => (
          <li key={id} className="px-4 py-3">
            <p className="font-mono text-xs wrap-anywhere text-ink-3">{placeWords(path, line)}</p>
            <ul className="mt-1 flex flex-col gap-2 border-l-2 border-line pl-3">
              {comments.map(({ author, body, createdAt }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: comments of a thread are only ever added, at the end
                <li key={index}>
                  <p className="text-xs text-ink-3">
                    <span className="font-medium text-ink">{plainLine(author)}</span>{' '}
                    <Moment at={createdAt} />
                  </p>
                  <p className="mt-0.5 wrap-anywhere whitespace-pre-wrap">{plainText(body)}</p>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {state === 'open' ? (
        <p className="border-t border-line px-4 py-2 text-ink-2">
          The agent is sent back for those of people who may ask for work. They are resolved on GitHub.
        </p>
      ) : null}
    </Card>
  )
}
