import {
  type Params,
  type PromptTemplateKind,
  renderTemplate,
  validateParams,
  variablesOf,
} from '@optio/core'

/** A template as it is to be shown. */
export interface Previewed {
  readonly template: string
  readonly kind: PromptTemplateKind
  readonly paramsSchema: Params | null
}

/**
 * What a template says with these parameters, and with examples for what is known of its kind. Strict: whatever else it names is refused.
 * Throws TEMPLATE_INVALID, and PARAMS_INVALID for parameters that its schema refuses.
 */
export function previewTemplate({ template, kind, paramsSchema }: Previewed, params: Params | null): string {
  const examples = variablesOf(kind).map(({ name, example }) => [name, example])
  const declared = Object.keys(propertiesOf(paramsSchema)).map((name) => [name, null])
  const variables = {
    ...Object.fromEntries([...examples, ...declared]),
    ...validateParams(paramsSchema, params ?? {}),
  }
  return renderTemplate(template, variables, { strict: true })
}

/** What the schema names is known, also where it is not given. */
function propertiesOf(schema: Params | null): object {
  const properties = schema?.properties
  return typeof properties === 'object' && properties !== null ? properties : {}
}
