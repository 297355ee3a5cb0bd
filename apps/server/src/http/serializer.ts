import { serializerCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { exactAnswer } from './exact-answer.ts'

/**
 * Writes the answers of a route. What is exactly as declared is written as it is, which is most of all there is. Of the rest zod cuts off
 * what is not declared, and refuses what is not as declared. The check is made with the first answer, since most routes of a process are
 * never asked.
 */
export const answerSerializer: typeof serializerCompiler = (route) => {
  const cutDown = serializerCompiler(route)
  const { schema } = route
  if (!(schema instanceof z.core.$ZodType)) return cutDown
  let isExact: ReturnType<typeof exactAnswer> | undefined
  return (data) => {
    isExact ??= exactAnswer(schema)
    return isExact(data) ? JSON.stringify(data) : cutDown(data)
  }
}
