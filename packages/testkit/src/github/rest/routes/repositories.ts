import { jsonAnswer } from '../../http/answer.ts'
import { notFound } from '../../state/refusal.ts'
import { READ, repositoryRoute } from '../route.ts'
import type { Schemas } from '../schemas.ts'
import { fullRepositoryView } from '../views/repositories.ts'
import { userView } from '../views/users.ts'

export const REPOSITORY_ROUTES = [
  repositoryRoute('GET', '', READ('metadata=read'), ({ world, viewer }, repository) =>
    jsonAnswer(200, fullRepositoryView(world, repository, viewer), {
      'last-modified': new Date(repository.updatedAt).toUTCString(),
    }),
  ),
  repositoryRoute('GET', '/collaborators/:login/permission', READ('metadata=read'), (request, repository) => {
    const { world } = request
    const user = world.users.get(request.param('login').toLowerCase())
    if (user === undefined) throw notFound()
    const permission = world.permissionOf(user, repository)
    const push = permission === 'admin' || permission === 'write'
    const shown: Schemas['repository-collaborator-permission'] = {
      permission,
      role_name: permission,
      user: {
        ...userView(world, user),
        permissions: {
          admin: permission === 'admin',
          maintain: permission === 'admin',
          push,
          triage: push,
          pull: permission !== 'none',
        },
        role_name: permission,
      },
    }
    return jsonAnswer(200, shown)
  }),
]
