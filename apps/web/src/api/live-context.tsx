import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import type { Connection, Listener, LiveEvents } from './live.ts'

const LiveContext = createContext<LiveEvents | null>(null)

/** Opens the event stream for as long as the pages are shown. */
export function LiveProvider({ live, children }: { live: LiveEvents; children: ReactNode }) {
  useEffect(() => {
    live.open()
    return () => live.close()
  }, [live])
  return <LiveContext value={live}>{children}</LiveContext>
}

function useLive(): LiveEvents {
  const live = useContext(LiveContext)
  if (live === null) throw new Error('There is no LiveProvider around this component.')
  return live
}

/** Whether the pages hear from the server. */
export function useConnection(): Connection {
  const live = useLive()
  return useSyncExternalStore(live.watchConnection, () => live.connection)
}

/** Calls `listener` (keep it stable) for each event while the component is shown. */
export function useLiveEvents(listener: Listener): void {
  const live = useLive()
  useEffect(() => live.listen(listener), [live, listener])
}
