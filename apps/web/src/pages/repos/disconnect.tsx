import { ApiError, type Repo } from '@optio/contract'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { api } from '../../api/client.ts'
import { Button } from '../../ui/button.tsx'
import { Confirm } from '../../ui/dialog.tsx'
import { ErrorNotice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine } from '../../ui/plain-text.ts'
import { useToasts } from '../../ui/toasts.tsx'

export function Disconnect({ repo }: { repo: Repo }) {
  const [asking, setAsking] = useState(false)
  const queryClient = useQueryClient()
  const navigate = useNavigate()
  const toasts = useToasts()
  const name = plainLine(repo.fullName)
  const disconnect = useMutation({
    mutationFn: () => api.repos.disconnect({ params: { id: repo.id } }),
    onSuccess: async () => {
      toasts.done(`${name} is disconnected`)
      await navigate({ to: '/repos', ignoreBlocker: true })
      await queryClient.invalidateQueries({ queryKey: ['repos'] })
    },
  })
  const inUse = disconnect.error instanceof ApiError && disconnect.error.code === 'REPO_IN_USE'
  return (
    <Card title="Disconnect">
      <div className="space-y-3 px-4 py-3">
        <p className="text-ink-2">
          No new tasks here. Nothing in the repository is touched, and its tasks stay.
        </p>
        <Button look="danger" onClick={() => setAsking(true)}>
          Disconnect…
        </Button>
      </div>
      <Confirm
        open={asking}
        onOpenChange={(open) => {
          setAsking(open)
          disconnect.reset()
        }}
        title={`Disconnect ${name}?`}
        description="It can be connected again at any time; its settings are then those of a new one."
        action="Disconnect"
        busy={disconnect.isPending}
        onConfirm={() => disconnect.mutate()}
      >
        {disconnect.error ? (
          <div className="mt-3">
            <ErrorNotice
              error={disconnect.error}
              title="It was not disconnected"
              actions={
                inUse ? (
                  <Button asChild small>
                    <Link to="/tasks" search={{ repoUrl: repo.repoUrl }}>
                      Show its tasks
                    </Link>
                  </Button>
                ) : null
              }
            />
          </div>
        ) : null}
      </Confirm>
    </Card>
  )
}
