/** Names of secrets as they are typed: one a line, or with spaces or commas between. */
export function secretNames(typed: string): string[] {
  return [...new Set(typed.split(/[\s,]+/).filter((name) => name !== ''))]
}
