/** Branch of the next start from scratch: `optio/fix-1a2b3c` → `optio/fix-1a2b3c-2` → `optio/fix-1a2b3c-3`. */
export function redoBranch(branch: string): string {
  const match = /^(.*-[0-9a-f]{6,})-(\d+)$/.exec(branch)
  return match ? `${match[1]}-${Number(match[2]) + 1}` : `${branch}-2`
}
