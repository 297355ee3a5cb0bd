import { OptioError } from '@optio/contract'
import { checkTemplate } from '@optio/core'

/** Throws TEMPLATE_INVALID, with the field's path besides line and column, for a text that is no template. `field` is dotted. */
export function checkTemplateField(field: string, template: string): void {
  try {
    checkTemplate(template)
  } catch (error) {
    if (!(error instanceof OptioError)) throw error
    const path = `body.${field}`
    const place = typeof error.details === 'object' ? error.details : {}
    throw new OptioError(error.code, `${path}: ${error.message}`, { details: { path, ...place } })
  }
}
