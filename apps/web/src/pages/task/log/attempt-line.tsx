/** Where an attempt begins. */
export function AttemptLine({ words }: { words: string }) {
  return (
    <div className="flex items-center gap-3 border-y border-line bg-sunken px-3 py-1.5 font-sans text-xs font-medium text-ink-2">
      {words}
    </div>
  )
}
