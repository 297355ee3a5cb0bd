import type { EncryptionStatus } from '@optio/contract'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../../api/client.ts'
import { queries } from '../../../api/queries.ts'
import { Button } from '../../../ui/button.tsx'
import { counted } from '../../../ui/counted.ts'
import { Confirm } from '../../../ui/dialog.tsx'
import { Moment } from '../../../ui/moments.tsx'
import { ErrorNotice, Notice } from '../../../ui/notice.tsx'
import { Card } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'

/** How often it is asked how far a rotation is. */
const LOOK_EVERY_MS = 500

const SOURCES = {
  environment: {
    words: 'OPTIO_ENCRYPTION_KEY',
    hint: 'Keep a copy of its value: without it, no secret can be read, and backups do not hold it.',
  },
  file: {
    words: 'the file encryption-key',
    hint: 'It is in Optio’s data directory. Keep a copy of it elsewhere: without it, no secret can be read, and backups leave it out.',
  },
} as const

/** The key that secrets are encrypted with, and how to have another one. */
export function KeyCard() {
  const [asking, setAsking] = useState(false)
  const queryClient = useQueryClient()
  const toasts = useToasts()
  const rotate = useMutation({
    mutationFn: () => api.secrets.rotateKey({}),
    onSuccess: ({ encryption }) => {
      queryClient.setQueryData(queries.encryption().queryKey, encryption)
      toasts.done('Secrets are encrypted with a new key')
    },
    onSettled: () => void queryClient.invalidateQueries({ queryKey: ['secrets'] }),
  })
  const { data, error } = useQuery({
    ...queries.encryption(),
    ...(rotate.isPending ? { refetchInterval: LOOK_EVERY_MS } : {}),
  })
  if (data === undefined) {
    return error ? <ErrorNotice error={error} title="The key could not be asked about" /> : null
  }
  return (
    <Card
      title="Encryption key"
      actions={
        <Button small busy={rotate.isPending} onClick={() => setAsking(true)}>
          {data.secretsOfOlderKeys > 0 && !rotate.isPending ? 'Go on with the new key…' : 'Use a new key…'}
        </Button>
      }
    >
      <KeyFacts encryption={data} isRotating={rotate.isPending} />
      {rotate.error ? (
        <div className="px-4 pb-4">
          <ErrorNotice error={rotate.error} title="Not all secrets are encrypted with the new key" />
        </div>
      ) : null}
      <Confirm
        open={asking}
        onOpenChange={setAsking}
        danger={false}
        title="Encrypt every secret with a new key?"
        description="Optio makes a new data key, encrypts all secrets again, and drops the old key. Everything goes on meanwhile, and it can be broken off at any instant. The master key stays as it is."
        action="Use a new key"
        onConfirm={() => {
          setAsking(false)
          rotate.mutate()
        }}
      />
    </Card>
  )
}

function KeyFacts({ encryption, isRotating }: { encryption: EncryptionStatus; isRotating: boolean }) {
  const { source, activeKeyId, secrets, secretsOfOlderKeys: older, rotatedAt } = encryption
  const { words, hint } = SOURCES[source]
  return (
    <div className="space-y-3 px-4 py-3">
      <dl className="grid gap-x-6 gap-y-3 sm:grid-cols-3">
        <Fact name="Master key">{words}</Fact>
        <Fact name="Data key">
          {activeKeyId === '' ? 'none yet' : <code className="text-xs">{plainLine(activeKeyId)}</code>}
        </Fact>
        <Fact name="Since">{rotatedAt === null ? 'the first start' : <Moment at={rotatedAt} />}</Fact>
      </dl>
      <p className="text-ink-2">{hint}</p>
      {isRotating ? (
        <div role="status" className="space-y-1">
          <p>
            {secrets - older} of {counted(secrets, 'secret')} are encrypted with the new key.
          </p>
          <progress
            className="w-full accent-accent"
            aria-label="Encrypted with the new key"
            max={Math.max(1, secrets)}
            value={secrets - older}
          />
        </div>
      ) : null}
      {older > 0 && !isRotating ? (
        <Notice tone="warn" title={`${counted(older, 'secret')} still of an older key`}>
          A change of the key was broken off, or these cannot be decrypted. Go on with the new key; those that
          are left after it, save again or delete.
        </Notice>
      ) : null}
    </div>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="font-medium break-all">{children}</dd>
    </div>
  )
}
