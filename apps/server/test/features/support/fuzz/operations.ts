import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

export type Schema = Readonly<Record<string, unknown>>

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required?: boolean
  readonly schema: Schema
}

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly example?: unknown }>>
}

interface Described {
  readonly operationId: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: Content & { readonly required?: boolean }
  readonly responses: Readonly<Record<string, Content>>
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}

/** One operation of the OpenAPI document. */
export interface Operation extends Described {
  readonly method: string
  /** Parameters as `{name}`. */
  readonly path: string
}

export interface Api {
  readonly operations: readonly Operation[]
  /** A schema of the document by its `$ref`. */
  resolve(ref: string): Schema
  /** What is wrong with an answer, by what the document says of the operation's answers of that status; null when nothing is. */
  misfit(operation: Operation, answer: { status: number; contentType: string; body: unknown }): string | null
}

const KEY = 'openapi.json'
const JSON_TYPE = 'application/json'

/** Reads an OpenAPI document as served at `/docs/json`. */
export function readApi(given: unknown): Api {
  const document = given as Document
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false })
  ajv.addSchema(given as Record<string, unknown>, KEY)
  const compiled = new Map<string, ValidateFunction>()
  const validatorAt = (pointer: string): ValidateFunction => {
    const known = compiled.get(pointer) ?? ajv.compile({ $ref: `${KEY}#${pointer}` })
    compiled.set(pointer, known)
    return known
  }
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      ...described,
      path,
      method: method.toUpperCase(),
    })),
  )
  return {
    operations,
    resolve: (ref) => document.components.schemas[ref.replace('#/components/schemas/', '')] ?? {},
    misfit(operation, { status, contentType, body }) {
      const response = operation.responses[status]
      if (response === undefined) return `${status} is not documented`
      if (response.content === undefined) return body === '' ? null : `${status} has no body`
      if (!(contentType in response.content)) return `${contentType} is not documented`
      if (contentType !== JSON_TYPE) return null
      const parts = ['paths', operation.path, operation.method.toLowerCase(), 'responses', String(status)]
      const pointer = [...parts, 'content', JSON_TYPE, 'schema'].map(pointerStep).join('')
      const validate = validatorAt(pointer)
      return validate(body) ? null : ajv.errorsText(validate.errors)
    },
  }
}

/** One step of a JSON pointer (RFC 6901) in a fragment of a URL. */
function pointerStep(part: string): string {
  return `/${encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))}`
}
