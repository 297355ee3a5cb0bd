import { useQuery } from '@tanstack/react-query'
import { type ReactNode, type SubmitEvent, useState } from 'react'
import { queries } from '../../api/queries.ts'
import { usePause } from '../../api/use-pause.ts'
import { Button } from '../../ui/button.tsx'
import { bytes } from '../../ui/bytes.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, TextInput } from '../../ui/field.tsx'
import { Moment } from '../../ui/moments.tsx'
import { ErrorNotice, Notice } from '../../ui/notice.tsx'
import { Card } from '../../ui/page.tsx'
import { plainLine, plainText } from '../../ui/plain-text.ts'

/** Version, load, disk, and the switch that lets no new agent start. */
export function Installation() {
  const { data: system, error } = useQuery(queries.system())
  const { data: health } = useQuery(queries.health())
  const { pause, unpause, busy } = usePause()
  const [asking, setAsking] = useState(false)
  if (!system) return error ? <ErrorNotice error={error} title="The installation could not be read" /> : null
  return (
    <Card
      title="This installation"
      actions={
        system.paused ? (
          <Button small busy={busy} onClick={unpause}>
            Resume
          </Button>
        ) : (
          <Button small busy={busy} onClick={() => setAsking(true)}>
            Pause…
          </Button>
        )
      }
    >
      <dl className="grid grid-cols-2 gap-x-6 gap-y-3 px-4 py-3 sm:grid-cols-3 lg:grid-cols-6">
        <Fact name="Version">{plainLine(system.version)}</Fact>
        <Fact name="State">
          {system.paused ? (
            <span className="text-warn">
              paused <Moment at={system.paused.since} />
            </span>
          ) : (
            <span className="text-good">starts agents</span>
          )}
        </Fact>
        <Fact name="Slots taken">
          {system.running} of {system.maxConcurrent}
        </Fact>
        <Fact name="Server processes">{system.processes}</Fact>
        <Fact name="Disk">
          {health?.disk ? `${bytes(health.disk.freeBytes)} free of ${bytes(health.disk.totalBytes)}` : '–'}
        </Fact>
        <Fact name="Copies of tasks">{health?.disk ? bytes(health.disk.environmentsBytes) : '–'}</Fact>
      </dl>
      {health && !health.healthy ? (
        <div className="px-4 pb-4">
          <Notice tone="bad" title="Optio is not well">
            <ul className="list-disc pl-4">
              {health.problems.map((problem) => (
                <li key={problem}>{plainText(problem)}</li>
              ))}
            </ul>
          </Notice>
        </div>
      ) : null}
      <PauseDialog
        open={asking}
        onOpenChange={setAsking}
        onPause={(reason) => {
          pause(reason)
          setAsking(false)
        }}
      />
    </Card>
  )
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div className="min-w-0">
      <dt className="text-xs text-ink-3">{name}</dt>
      <dd className="font-medium break-words">{children}</dd>
    </div>
  )
}

interface PauseDialogProps {
  readonly open: boolean
  readonly onOpenChange: (open: boolean) => void
  readonly onPause: (reason: string | null) => void
}

function PauseDialog({ open, onOpenChange, onPause }: PauseDialogProps) {
  const [reason, setReason] = useState('')
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    onPause(reason.trim() === '' ? null : reason.trim())
    setReason('')
  }
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Start no new agents?"
      description="No agent and no check starts anywhere until somebody resumes. What runs goes on to its end."
    >
      <form onSubmit={submit} className="mt-4 space-y-4">
        <Field label="Reason" optional hint="Everybody sees it on every page.">
          {(control) => (
            <TextInput
              {...control}
              maxLength={500}
              value={reason}
              onChange={(event) => setReason(event.target.value)}
            />
          )}
        </Field>
        <div className="flex justify-end gap-2">
          <Button onClick={() => onOpenChange(false)}>Back</Button>
          <Button type="submit" look="primary">
            Pause
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
