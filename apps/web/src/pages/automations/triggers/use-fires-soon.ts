import type { Trigger } from '@optio/contract'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'

/** After the time itself, so that the server has done what was due, in milliseconds. */
const AFTER = 1_500
/** What a timer of a browser can hold; by then the page is read again anyway. */
const LONGEST = 86_400_000

/** Reads the triggers again when one of them has been due: also a firing that started nothing is told then. */
export function useFiresSoon(definitionId: string, triggers: readonly Trigger[]): void {
  const queryClient = useQueryClient()
  const next = triggers
    .flatMap(({ enabled, nextFireAt }) => (enabled && nextFireAt !== null ? [Date.parse(nextFireAt)] : []))
    .reduce((first, time) => Math.min(first, time), Number.POSITIVE_INFINITY)
  useEffect(() => {
    if (next === Number.POSITIVE_INFINITY) return
    const wait = Math.min(LONGEST, Math.max(AFTER, next + AFTER - Date.now()))
    const timer = setTimeout(() => {
      void queryClient.invalidateQueries({ queryKey: ['triggers', definitionId] })
      void queryClient.invalidateQueries({ queryKey: ['definitions'] })
    }, wait)
    return () => clearTimeout(timer)
  }, [next, definitionId, queryClient])
}
