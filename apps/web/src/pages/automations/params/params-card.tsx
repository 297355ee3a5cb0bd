import { Card } from '../../../ui/page.tsx'
import { plainLine, plainText } from '../../../ui/plain-text.ts'
import { type ParamField, type ParamKind, paramFields } from './param-fields.ts'

/** What each run is asked for. */
export function ParamsCard({ schema }: { schema: Readonly<Record<string, unknown>> | null }) {
  const fields = paramFields(schema)
  return (
    <Card title="Parameters">
      {fields === null ? (
        <div className="px-4 py-3 text-ink-2">
          {schema === null ? (
            'None are declared; a run takes whatever it is given.'
          ) : (
            <details>
              <summary className="cursor-pointer">As its JSON Schema says</summary>
              <code className="mt-2 block max-h-72 overflow-auto text-xs wrap-anywhere whitespace-pre-wrap">
                {plainText(JSON.stringify(schema, null, 2))}
              </code>
            </details>
          )}
        </div>
      ) : fields.length === 0 ? (
        <p className="px-4 py-3 text-ink-2">It takes none.</p>
      ) : (
        <ul className="divide-y divide-line">
          {fields.map((field) => (
            <Param key={field.name} field={field} />
          ))}
        </ul>
      )}
    </Card>
  )
}

const KIND_WORDS: Readonly<Record<ParamKind, string>> = {
  line: 'text',
  text: 'longer text',
  number: 'number',
  integer: 'whole number',
  boolean: 'yes or no',
  choice: 'one of a list',
  lines: 'list of texts',
  json: 'JSON',
}

function Param({ field: { name, kind, required, description, byDefault } }: { field: ParamField }) {
  return (
    <li className="px-4 py-2">
      <p className="flex flex-wrap items-baseline gap-x-2">
        <code className="font-medium wrap-anywhere">{plainLine(name)}</code>
        <span className="text-xs text-ink-3">
          {KIND_WORDS[kind]}
          {required ? ', required' : ''}
        </span>
      </p>
      {description === null ? null : (
        <p className="text-xs break-words text-ink-2">{plainText(description)}</p>
      )}
      {byDefault === undefined ? null : (
        <p className="text-xs text-ink-3">
          Left out:{' '}
          <code className="wrap-anywhere">{plainLine(JSON.stringify(byDefault)).slice(0, 200)}</code>
        </p>
      )}
    </li>
  )
}
