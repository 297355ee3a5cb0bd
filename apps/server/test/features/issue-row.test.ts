import { OPTIO_LABEL } from '@optio/contract'
import type { ForgeIssue } from '@optio/forges'
import { expect, it } from 'vitest'
import type { RepositoryRow } from '../../src/database/schema/repositories.ts'
import { NO_WORK, rowOf } from '../../src/features/issues/sync/issue-row.ts'
import { processRedactor } from '../../src/redaction/process-redactor.ts'

const SECRET = 'the-secret-of-somebody'

it('an issue is stored without secrets in its words and names, and its label asks for a task all the same', () => {
  processRedactor.learn([SECRET])
  const issue: ForgeIssue = {
    ...{ number: 3, title: `About ${SECRET}`, body: `See ${SECRET}.` },
    ...({ state: 'open', url: 'https://x.test/3' } as const),
    ...{ labels: [OPTIO_LABEL.name, `of-${SECRET}`], assignees: [SECRET], author: SECRET },
    ...{ commentCount: 0, createdAt: 12_345_678, updatedAt: 12_345_678 },
  }
  const repository = { id: 'r', workspaceId: 'w' } as RepositoryRow
  expect(rowOf(repository, issue, null, NO_WORK)).toMatchObject({
    ...{ title: 'About [redacted]', body: 'See [redacted].', url: 'https://x.test/3', state: 'open' },
    ...{ labels: [OPTIO_LABEL.name, 'of-[redacted]'], assignees: ['[redacted]'], author: '[redacted]' },
    ...{ hasOptioLabel: true, labelPending: true },
  })
})
