import { Outlet } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Loading } from '../ui/loading.tsx'
import { LostConnection, Paused } from './banners.tsx'
import { useFocusOnNewPage } from './focus.ts'
import { useGeneralCommands } from './general-commands.ts'
import { Header } from './header.tsx'
import { useShortcutKeys } from './keyboard/shortcuts.ts'
import { useNotifications } from './notifications/use-notifications.ts'
import { usePaletteOpen } from './palette/open.ts'
import { useThemeOnPage } from './theme.ts'

// Not part of the first load, which needs neither.
const loadPalette = () => import('./palette/palette.tsx')
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }))
const ShortcutDialog = lazy(async () => ({
  default: (await import('./keyboard/shortcut-dialog.tsx')).ShortcutDialog,
}))

const PALETTE_LOADS_AFTER_MS = 1_000

/** What stands around every page. */
export function Shell() {
  const [paletteOpen, setPaletteOpen] = usePaletteOpen()
  const [helpOpen, setHelpOpen] = useState(false)
  useThemeOnPage()
  useFocusOnNewPage()
  useNotifications()
  useShortcutKeys()
  useGeneralCommands({ showShortcuts: () => setHelpOpen(true) })
  // Whoever presses the keys types on at once: by then it has to be there.
  useEffect(() => {
    const timer = setTimeout(() => void loadPalette(), PALETTE_LOADS_AFTER_MS)
    return () => clearTimeout(timer)
  }, [])
  return (
    <div className="flex min-h-dvh flex-col">
      <a
        href="#content"
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded focus:bg-surface focus:p-2"
      >
        Skip to the content
      </a>
      <Header onSearch={() => setPaletteOpen(true)} />
      <Paused />
      <LostConnection />
      <main id="content" tabIndex={-1} className="flex-1 outline-none">
        <Suspense fallback={<Loading what="the page" />}>
          <Outlet />
        </Suspense>
      </main>
      <Suspense>
        {paletteOpen ? <Palette onClose={() => setPaletteOpen(false)} /> : null}
        {helpOpen ? <ShortcutDialog open onOpenChange={setHelpOpen} /> : null}
      </Suspense>
    </div>
  )
}
