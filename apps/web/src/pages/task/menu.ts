/** Looks of every menu of the task page. */
export const MENU = 'z-50 min-w-52 rounded-lg border border-line bg-surface p-1 shadow-xl'
export const MENU_ITEM =
  'flex cursor-pointer items-center gap-2 rounded px-2.5 py-1.5 text-sm outline-none select-none data-disabled:opacity-50 data-highlighted:bg-sunken'
