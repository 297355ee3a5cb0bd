const MAX_SLUG = 40

/**
 * Name of the branch of a run: `optio/<slug of the title>-<short id>`, ASCII, at most 60 characters, always a valid branch
 * name whatever the title is.
 * The short id is the end of the run's id: the start of a time-ordered UUID is the same for all runs of one minute.
 */
export function branchFor(title: string, runId: string): string {
  const slug = title
    .slice(0, 500)
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX_SLUG)
    .replace(/^-+|-+$/g, '')
  const id = runId
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-8)
  const words = [slug === '' ? 'task' : slug, ...(id === '' ? [] : [id])]
  return `optio/${words.join('-')}`
}
