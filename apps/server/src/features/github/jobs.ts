import type { FeatureJobs } from '../../engine/context.ts'
import { DELIVERY_TASK, type DeliveryDeps, healDeliveries, workOnDelivery } from './delivery-job.ts'

/** The work on deliveries, as jobs of the queue. */
export function createDeliveryJobs(deps: DeliveryDeps): FeatureJobs {
  return {
    tasks: {
      [DELIVERY_TASK]: async (payload) => await workOnDelivery(deps, (payload as { id: string }).id),
    },
    sweep: () => healDeliveries(deps.database),
  }
}
