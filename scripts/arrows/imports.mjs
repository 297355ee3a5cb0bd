import { parseSync } from 'oxc-parser'

/**
 * One place where a file names another module.
 * @typedef {{ specifier: string, line: number }} Import
 */

/** The nodes whose `source` names a module: static, re-exporting, dynamic, and in types (`import('x').Y`). */
const WITH_SOURCE = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
])

/** Functions that take a module's name as their first argument. */
const LOADERS = /^(require|require\.resolve|import\.meta\.resolve)$/

/**
 * Every import in a source file, of types as well as of values. A dynamic import whose name is computed can't be seen.
 * @param {string} file its name tells the language
 * @param {string} text
 * @returns {Import[] | null} null when it can't be parsed
 */
export function importsOf(file, text) {
  const { program, errors } = parseSync(file, text)
  if (errors.length > 0) return null
  /** @type {Import[]} */
  const found = []
  visit(program, (node) => {
    const specifier = literal(sourceOf(node, text))
    if (specifier === null) return
    found.push({ specifier, line: text.slice(0, /** @type {number} */ (node.start)).split('\n').length })
  })
  return found
}

/**
 * The node that names a module, if this node imports one.
 * @param {Record<string, unknown>} node
 * @param {string} text
 * @returns {unknown}
 */
function sourceOf(node, text) {
  if (WITH_SOURCE.has(String(node.type))) return node.source
  if (node.type === 'TSExternalModuleReference') return node.expression
  if (node.type !== 'CallExpression') return null
  const { start, end } = /** @type {{ start: number, end: number }} */ (node.callee)
  return LOADERS.test(text.slice(start, end)) ? /** @type {unknown[]} */ (node.arguments)[0] : null
}

/**
 * The text of a string literal or of a template without holes.
 * @param {unknown} node
 * @returns {string | null}
 */
function literal(node) {
  if (!isNode(node)) return null
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value
  if (node.type === 'TSLiteralType') return literal(node.literal)
  if (node.type !== 'TemplateLiteral') return null
  const parts = /** @type {{ value: { cooked: string } }[]} */ (node.quasis)
  return parts.length === 1 && parts[0] !== undefined ? parts[0].value.cooked : null
}

/**
 * @param {unknown} value
 * @param {(node: Record<string, unknown>) => void} enter
 */
function visit(value, enter) {
  if (Array.isArray(value)) {
    for (const element of value) visit(element, enter)
  } else if (isNode(value)) {
    enter(value)
    for (const child of Object.values(value)) visit(child, enter)
  }
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isNode(value) {
  return typeof value === 'object' && value !== null && 'type' in value
}
