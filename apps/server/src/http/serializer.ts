import { serializerCompiler } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { answerWriter } from './answer-writer.ts'

/**
 * Writes the answers of a route. What the writer does not take is zod's to judge: it has the last word on what may be answered, and the
 * words for what is wrong with it. The writer is made with the first answer, since most routes of a process are never asked.
 */
export const answerSerializer: typeof serializerCompiler = (route) => {
  const checked = serializerCompiler(route)
  const { schema } = route
  if (!(schema instanceof z.core.$ZodType)) return checked
  let write: ReturnType<typeof answerWriter> | undefined
  return (data) => {
    write ??= answerWriter(schema)
    return write(data) ?? checked(data)
  }
}
