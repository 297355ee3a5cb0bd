import type { IncomingMessage } from 'node:http'
import { afterReceive } from '../deeds/pushes.ts'
import { refusedRefs } from '../deeds/rules.ts'
import { inTurn } from '../deeds/turn.ts'
import { runHttpBackend } from '../git/smart-http.ts'
import type { Token } from '../state/account.ts'
import { fullNameOf, type Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'
import { canSee } from './access.ts'
import { type Answer, emptyAnswer, textAnswer } from './answer.ts'

const CHALLENGE = { 'www-authenticate': 'Basic realm="GitHub"' }

/** Clones, fetches and pushes over HTTP. */
export class GitFront {
  readonly #world: World

  constructor(world: World) {
    this.#world = world
  }

  async answer(request: IncomingMessage, path: string, search: string, token: Token | null): Promise<Answer> {
    const match = /^\/([^/]+)\/([^/]+?)(?:\.git)?(\/(?:info\/refs|git-upload-pack|git-receive-pack))$/.exec(
      path,
    )
    const name = `${match?.[1]}/${match?.[2]}`
    const service = match?.[3] ?? ''
    const repository = this.#world.find(name)
    if (repository === null || !canSee(this.#world, repository, token)) {
      // Without a credential GitHub does not say whether there is such a repository.
      return token === null ? textAnswer(401, '', CHALLENGE) : textAnswer(404, 'Repository not found.\n')
    }
    if (fullNameOf(repository).toLowerCase() !== name.toLowerCase()) {
      const moved = `${this.#world.url}/${fullNameOf(repository)}.git${service}${search === '' ? '' : `?${search}`}`
      return emptyAnswer(301, { location: moved })
    }
    const writes = service === '/git-receive-pack' || search.includes('service=git-receive-pack')
    const refusal = this.#refusal(repository, token, writes)
    if (refusal !== null) return refusal
    const run = () =>
      runHttpBackend(request, {
        gitDir: repository.gitDir,
        service,
        search,
        login: token?.user.login ?? null,
        refused:
          token === null
            ? ''
            : refusedRefs(repository, this.#world.permissionOf(token.user, repository) === 'admin'),
      })
    if (service !== '/git-receive-pack' || token === null) return await run()
    return await inTurn(repository, async () => {
      const answer = await run()
      await afterReceive(this.#world, repository, token.user)
      return answer
    })
  }

  #refusal(repository: Repository, token: Token | null, writes: boolean): Answer | null {
    if (!writes)
      return this.#mayRead(repository, token)
        ? null
        : textAnswer(403, 'Write access to repository not granted.\n')
    if (token === null) return textAnswer(401, '', CHALLENGE)
    if (repository.archived) {
      return textAnswer(403, 'This repository was archived so it is read-only.\n')
    }
    const scoped =
      token.scopes === null
        ? (token.repositories === null || token.repositories.has(repository.id)) &&
          token.permissions.contents === 'write'
        : token.scopes.includes('repo') || (!repository.isPrivate && token.scopes.includes('public_repo'))
    if (scoped && this.#world.canWrite(token.user, repository)) return null
    return textAnswer(403, `Permission to ${fullNameOf(repository)}.git denied to ${token.user.login}.\n`)
  }

  #mayRead(repository: Repository, token: Token | null): boolean {
    if (!repository.isPrivate || token === null || token.scopes !== null) return true
    return token.permissions.contents !== undefined
  }
}
