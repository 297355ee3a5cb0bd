import type { RepositoryRef } from '../../forge.ts'
import { aboutOf } from '../about.ts'
import { type GithubClient, type Priority, repositoryPath } from '../http/client.ts'
import { fields, fieldsOrNull, integerOrNull, list, textOrNull } from '../shape.ts'
import { cleanLog } from './clean.ts'
import { failingPart } from './failing-part.ts'

const MAX_ANNOTATIONS = 50

/**
 * What a check run itself says of its failure, in words: the places it marked, and its text. Null when it says nothing, or the
 * credential may not read it.
 */
export async function checkRunText(
  client: GithubClient,
  repository: RepositoryRef,
  checkRunId: string,
  priority: Priority,
): Promise<string | null> {
  const about = aboutOf(repository)
  const path = repositoryPath(repository, 'check-runs', checkRunId)
  const [run, annotations] = await Promise.all([
    client.rest<unknown>({ method: 'GET', path, priority, about }),
    client.rest<unknown>({
      method: 'GET',
      path: `${path}/annotations`,
      query: { per_page: MAX_ANNOTATIONS },
      priority,
      about,
    }),
  ])
  const parts = [
    run.status === 200 ? outputOf(run.data) : '',
    annotations.status === 200 ? placesOf(annotations.data) : '',
  ]
  const said = failingPart(cleanLog(parts.filter((part) => part !== '').join('\n\n')), null)
  return said === '' ? null : said
}

function outputOf(run: unknown): string {
  const output = fieldsOrNull(fields(run, 'a check run').output, 'an output')
  if (output === null) return ''
  return ['title', 'summary', 'text']
    .map((name) => textOrNull(output, name) ?? '')
    .filter((part) => part !== '')
    .join('\n')
}

function placesOf(annotations: unknown): string {
  return list(annotations, 'annotations')
    .map((annotation) => fields(annotation, 'an annotation'))
    .filter(({ annotation_level: level }) => level !== 'notice')
    .map((annotation) => {
      const place = `${textOrNull(annotation, 'path') ?? ''}:${integerOrNull(annotation, 'start_line') ?? ''}`
      const title = textOrNull(annotation, 'title')
      return `${place}: ${title === null || title === '' ? '' : `${title}: `}${textOrNull(annotation, 'message') ?? ''}`
    })
    .join('\n')
}
