import { Dialog } from '../../ui/dialog.tsx'
import { Toggle } from '../../ui/field.tsx'
import { PALETTE_KEYS } from '../palette/open.ts'
import { Keys } from './keys.tsx'
import { useAllShortcuts, useShortcutsSwitch } from './shortcuts.ts'

/** What keys do on this page, and the switch that turns single keys off. */
export function ShortcutDialog({
  open,
  onOpenChange,
}: {
  open: boolean
  onOpenChange: (open: boolean) => void
}) {
  const groups = useAllShortcuts()
  const [on, choose] = useShortcutsSwitch()
  return (
    <Dialog open={open} onOpenChange={onOpenChange} title="Keyboard shortcuts">
      <div className="mt-3 space-y-4">
        {groups.map(({ title, shortcuts }) => (
          <section key={title}>
            <h3 className="text-xs font-semibold text-ink-3">{title}</h3>
            <dl className="mt-1 divide-y divide-line">
              {shortcuts.map(({ keys, label }) => (
                <div key={keys} className="flex items-center justify-between gap-4 py-1.5">
                  <dt className={on ? '' : 'text-ink-3 line-through'}>{label}</dt>
                  <dd>
                    <Keys keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <dl>
          <div className="flex items-center justify-between gap-4">
            <dt>Find anything and do anything</dt>
            <dd>
              <Keys keys={PALETTE_KEYS} />
            </dd>
          </div>
        </dl>
        <Toggle
          label="Single-key shortcuts"
          hint="Turn them off if you dictate or use keys by accident. This browser remembers it."
          checked={on}
          onChange={(event) => choose(event.target.checked)}
        />
      </div>
    </Dialog>
  )
}
