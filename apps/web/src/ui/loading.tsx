/** While something is read: says so to everybody, and moves only for those who want it. */
export function Loading({ what }: { what: string }) {
  return (
    <div role="status" className="flex items-center gap-2 py-6 text-ink-3">
      <span
        className="size-4 animate-spin rounded-full border-2 border-line border-t-accent"
        aria-hidden="true"
      />
      Reading {what}…
    </div>
  )
}
