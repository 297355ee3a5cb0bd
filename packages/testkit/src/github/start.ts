import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Clock } from './clock.ts'
import type { NewToken, NewUser } from './control/account.ts'
import type { FakeGithub, FakeGithubOptions } from './control/github.ts'
import type { FakeRepository, NewRepository } from './control/repository.ts'
import { createRepository, removeRepositories } from './deeds/repositories.ts'
import { Graphql } from './graphql/graphql.ts'
import { FaultDesk } from './http/fault-desk.ts'
import { Front } from './http/front.ts'
import { RateLimits } from './http/limits.ts'
import { Requests } from './http/request-log.ts'
import { HttpServer } from './http/server.ts'
import { RepositoryControl } from './repository-control.ts'
import { World } from './state/world.ts'
import { WebhookHub } from './webhooks/hub.ts'

/** Starts a GitHub of one's own; it is ready when this resolves. Rejects when the port is taken. */
export async function startFakeGithub(options: FakeGithubOptions = {}): Promise<FakeGithub> {
  const [server, root] = await Promise.all([
    HttpServer.listen(options.port ?? 0),
    mkdtemp(join(tmpdir(), 'fake-github-')),
  ])
  const clock = new Clock()
  const world = new World(clock, server.url)
  const faults = new FaultDesk()
  const requests = new Requests()
  const limits = new RateLimits(world, options.limits ?? {})
  const webhooks = new WebhookHub(world)
  const graphql = options.graphql === false ? null : new Graphql(world, limits, faults)
  const front = new Front({ world, faults, requests, limits, webhooks, graphql })
  server.serve(
    (request, url) => front.serve(request, url),
    () => faults.latencyMs,
  )
  const controls = new Map<number, FakeRepository>()
  const repository = (fullName: string): FakeRepository => {
    const { id } = world.repositoryNamed(fullName)
    const control = controls.get(id)
    if (control === undefined) throw new Error(`There is no repository ${fullName} in this GitHub.`)
    return control
  }
  const tokenOf = (value: string) => {
    const token = world.tokens.get(value)
    if (token === undefined) throw new Error('This GitHub has not given out that token.')
    return token
  }
  return {
    url: world.url,
    apiUrl: world.apiUrl,
    graphqlUrl: `${world.url}/api/graphql`,
    clock,
    faults,
    requests,
    webhooks,
    createUser: (user: NewUser) => void world.addUser(user),
    createRepository: async (wanted: NewRepository) => {
      const made = await createRepository(world, root, wanted, options.lazyMergeability ?? false)
      const control = new RepositoryControl(world, made)
      controls.set(made.id, control)
      return control
    },
    repository,
    repositories: () => [...controls.values()],
    createToken: (token: NewToken) => world.addToken(token).value,
    revokeToken: (value: string) => {
      tokenOf(value).revoked = true
    },
    restoreToken: (value: string) => {
      tokenOf(value).revoked = false
    },
    setRemaining: (login, resource, remaining, resetInMs = 3_600_000) =>
      limits.set(login, resource, remaining, resetInMs),
    close: async () => {
      clock.close()
      webhooks.close()
      faults.clear()
      await server.close()
      await removeRepositories(root)
    },
  }
}
