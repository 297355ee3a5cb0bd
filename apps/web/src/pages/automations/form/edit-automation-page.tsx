import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { ChevronLeft } from 'lucide-react'
import { useState } from 'react'
import { api } from '../../../api/client.ts'
import type { Definition } from '../../../api/queries.ts'
import { Page } from '../../../ui/page.tsx'
import { plainLine } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'
import { KnownDefinition } from '../known-definition.tsx'
import { draftOf, editBody, readDraft } from './automation-draft.ts'
import { AutomationForm } from './automation-form.tsx'

const route = getRouteApi('/automations/$automationId/edit')

/** A definition that is there, to be changed. */
export function EditAutomationPage() {
  const { automationId } = route.useParams()
  return (
    <KnownDefinition id={automationId}>
      {(definition) => <Edit key={definition.id} definition={definition} />}
    </KnownDefinition>
  )
}

function Edit({ definition }: { definition: Definition }) {
  const { id, type, name } = definition
  const navigate = route.useNavigate()
  const queryClient = useQueryClient()
  const toasts = useToasts()
  // What was there when the form was opened: only what differs from that is sent.
  const [initial] = useState(() => draftOf(definition))
  const save = useMutation({
    mutationFn: (fields: Readonly<Record<string, unknown>>) => {
      const before = readDraft(type, initial).fields
      return api.tasks.edit({ params: { id }, body: editBody(type, before, fields) })
    },
    onSuccess: async () => {
      toasts.done('Saved', 'It holds for every run that is started from now on.')
      await queryClient.invalidateQueries({ queryKey: ['definitions'] })
      await navigate({ to: '/automations/$automationId', params: { automationId: id }, ignoreBlocker: true })
    },
  })
  return (
    <Page title={`Edit ${name}`} heading={`Edit “${plainLine(name)}”`}>
      <Link
        to="/automations/$automationId"
        params={{ automationId: id }}
        className="-mt-3 mb-4 inline-flex items-center gap-1 text-ink-2 hover:text-ink hover:underline"
      >
        <ChevronLeft className="size-4" aria-hidden="true" />
        Back to it
      </Link>
      <AutomationForm
        kind={type}
        initial={initial}
        isKnown
        action="Save"
        busy={save.isPending}
        error={save.error}
        onSubmit={(fields) => save.mutate(fields)}
      />
    </Page>
  )
}
