import { useQuery } from '@tanstack/react-query'
import { queries } from '../../../api/queries.ts'

const OTHERWISE = 'claude-code'

/** The agent a form begins with: the first that can run on the server's machine. Null until that is known. */
export function useUsualAgent(): string | null {
  const { data: report, isPending } = useQuery(queries.doctor())
  if (isPending) return null
  return report?.agents.find(({ available, type }) => available && type !== 'command')?.type ?? OTHERWISE
}
