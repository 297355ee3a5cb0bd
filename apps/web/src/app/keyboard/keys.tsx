/** Keys as they are printed on a keyboard: `g t` is two, one after the other. */
export function Keys({ keys }: { keys: string }) {
  return (
    <span className="inline-flex gap-1">
      {keys.split(' ').map((key, index) => (
        <kbd
          // biome-ignore lint/suspicious/noArrayIndexKey: keys of a sequence have no other identity
          key={index}
          className="inline-flex min-w-5 items-center justify-center rounded border border-line bg-sunken px-1 font-sans text-xs text-ink-2"
        >
          {key}
        </kbd>
      ))}
    </span>
  )
}
