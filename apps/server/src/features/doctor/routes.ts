import { routes } from '@optio/contract'
import type { FastifyInstance } from 'fastify'
import { handle } from '../../http/register.ts'
import type { DoctorService } from './service.ts'

export function doctorRoutes(app: FastifyInstance, service: DoctorService): void {
  handle(app, routes.system.doctor, async () => ({ report: await service.report() }))
}
