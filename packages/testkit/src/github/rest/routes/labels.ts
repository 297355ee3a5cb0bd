import { issueOf } from '../../deeds/issues.ts'
import { addLabels, createLabel, removeLabel } from '../../deeds/labels.ts'
import { jsonAnswer } from '../../http/answer.ts'
import type { Issue } from '../../state/issue.ts'
import { notFound } from '../../state/refusal.ts'
import type { Repository } from '../../state/repository.ts'
import { listAnswer } from '../page.ts'
import type { RestRequest } from '../request.ts'
import { READ, repositoryRoute, WRITE } from '../route.ts'
import { labelView } from '../views/issues.ts'

const EITHER_READ = READ('issues=read; pull_requests=read')
const EITHER_WRITE = WRITE('issues=write; pull_requests=write')

function labelsOf({ world }: RestRequest, repository: Repository, issue: Issue) {
  return issue.labels.map((label) => labelView(world, repository, label))
}

export const LABEL_ROUTES = [
  repositoryRoute('GET', '/labels', EITHER_READ, (request, repository) =>
    listAnswer(request, [...repository.labels.values()], (label) =>
      labelView(request.world, repository, label),
    ),
  ),
  repositoryRoute('POST', '/labels', EITHER_WRITE, (request, repository) => {
    const color = request.text('color')
    const label = createLabel(
      request.world,
      repository,
      {
        name: request.requiredText('name', 'Label'),
        ...(color === undefined ? {} : { color }),
        description: request.text('description') ?? null,
      },
      request.user,
    )
    const view = labelView(request.world, repository, label)
    return jsonAnswer(201, view, { location: view.url })
  }),
  repositoryRoute('GET', '/labels/:name', EITHER_READ, (request, repository) => {
    const label = repository.labels.get(request.param('name').toLowerCase())
    if (label === undefined) throw notFound()
    return jsonAnswer(200, labelView(request.world, repository, label))
  }),
  repositoryRoute('GET', '/issues/:number/labels', EITHER_READ, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    return listAnswer(request, labelsOf(request, repository, issue), (label) => label)
  }),
  repositoryRoute('POST', '/issues/:number/labels', EITHER_WRITE, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    addLabels(request.world, repository, issue, request.texts('labels') ?? [], request.user)
    return jsonAnswer(200, labelsOf(request, repository, issue))
  }),
  repositoryRoute('DELETE', '/issues/:number/labels/:name', EITHER_WRITE, (request, repository) => {
    const issue = issueOf(repository, request.number('number'))
    removeLabel(request.world, repository, issue, request.param('name'), request.user)
    return jsonAnswer(200, labelsOf(request, repository, issue))
  }),
]
