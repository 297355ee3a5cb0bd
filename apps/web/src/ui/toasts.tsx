import { Toast } from 'radix-ui'
import { createContext, type ReactNode, useCallback, useContext, useMemo, useState } from 'react'
import { cx } from './class-names.ts'
import { errorWords } from './notice.tsx'

interface ToastEntry {
  readonly id: number
  readonly tone: 'good' | 'bad'
  readonly title: string
  readonly detail: string | null
}

interface Toasts {
  done(title: string, detail?: string): void
  failed(title: string, error: unknown): void
}

const ToastContext = createContext<Toasts | null>(null)

let lastId = 0

/** Short words about what was just done; read out by screen readers, gone after a while, failures later. */
export function ToastProvider({ children }: { children: ReactNode }) {
  const [entries, setEntries] = useState<readonly ToastEntry[]>([])
  const add = useCallback((entry: Omit<ToastEntry, 'id'>) => {
    lastId += 1
    setEntries((before) => [...before.slice(-3), { ...entry, id: lastId }])
  }, [])
  const toasts = useMemo<Toasts>(
    () => ({
      done: (title, detail) => add({ tone: 'good', title, detail: detail ?? null }),
      failed: (title, error) => add({ tone: 'bad', title, detail: errorWords(error) }),
    }),
    [add],
  )
  const remove = (id: number) => setEntries((before) => before.filter((entry) => entry.id !== id))
  return (
    <ToastContext value={toasts}>
      <Toast.Provider>
        {children}
        {entries.map(({ id, tone, title, detail }) => (
          <Toast.Root
            key={id}
            duration={tone === 'bad' ? 15_000 : 5_000}
            onOpenChange={(open) => !open && remove(id)}
            className={cx(
              'rounded-lg border bg-surface p-3 shadow-lg',
              tone === 'bad' ? 'border-bad/50' : 'border-line',
            )}
          >
            <Toast.Title className={cx('font-medium', tone === 'bad' && 'text-bad')}>{title}</Toast.Title>
            {detail ? (
              <Toast.Description className="mt-0.5 break-words text-ink-2">{detail}</Toast.Description>
            ) : null}
          </Toast.Root>
        ))}
        <Toast.Viewport className="fixed right-4 bottom-4 z-50 flex w-[min(24rem,calc(100vw-2rem))] flex-col gap-2" />
      </Toast.Provider>
    </ToastContext>
  )
}

export function useToasts(): Toasts {
  const toasts = useContext(ToastContext)
  if (toasts === null) throw new Error('There is no ToastProvider around this component.')
  return toasts
}
