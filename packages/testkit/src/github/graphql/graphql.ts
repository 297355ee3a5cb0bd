import type { Token } from '../state/account.ts'
import type { FaultDesk } from '../http/fault-desk.ts'
import type { RateLimits } from '../http/limits.ts'
import type { World } from '../state/world.ts'
export class Graphql {
  constructor(world: World, limits: RateLimits, faults: FaultDesk) { void world; void limits; void faults }
  async answer(body: unknown, token: Token): Promise<{ body: unknown; cost: number }> { void token; return { body, cost: 1 } }
}
