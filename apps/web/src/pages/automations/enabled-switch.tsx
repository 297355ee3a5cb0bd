import type { Definition } from '../../api/queries.ts'
import { plainLine } from '../../ui/plain-text.ts'
import { Switch } from './switch.tsx'
import { useAutomationAct } from './use-automation-act.ts'

/** Whether runs are made of a definition. Can be undone at once, so it does not ask. */
export function EnabledSwitch({ definition: { id, name, enabled } }: { definition: Definition }) {
  const { act, isBusy } = useAutomationAct(id)
  return (
    <Switch
      checked={enabled}
      busy={isBusy}
      label={`“${plainLine(name)}” is enabled`}
      onChange={(next) =>
        act((api) => api.tasks.edit({ params: { id }, body: { enabled: next } }), {
          done: next ? 'It is on: its triggers fire' : 'It is off: nothing starts it',
          failed: next ? 'It could not be switched on' : 'It could not be switched off',
        })
      }
    />
  )
}
