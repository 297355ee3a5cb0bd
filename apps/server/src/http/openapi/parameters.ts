export interface Parameter {
  readonly name: string
  readonly in: string
  description?: string
}

/** What the plural in an address is about. */
const NOUNS: Readonly<Record<string, string>> = {
  tasks: 'task',
  repos: 'repository',
  jobs: 'standalone task',
  'task-configs': 'repo-blueprint',
  'workflow-runs': 'run',
  'prompt-templates': 'prompt template',
  'task-templates': 'task template',
  runs: 'run',
  triggers: 'trigger',
  comments: 'comment',
  dependencies: 'task that is waited for',
  secrets: 'secret',
  hooks: 'webhook',
  logs: 'task',
}

/** Where the contract says nothing of its own. */
const QUERY: Readonly<Record<string, string>> = {
  limit: 'So many at most.',
  offset: 'So many are passed over.',
  kind: 'Which kind of template.',
}

/** Says of each parameter that has no description what its name and its place in the address say. `path` has them as `{name}`. */
export function describeParameters(path: string, parameters: readonly Parameter[]): void {
  for (const parameter of parameters) {
    const derived = parameter.in === 'path' ? ofPath(path, parameter.name) : QUERY[parameter.name]
    if (derived !== undefined) parameter.description ??= derived
  }
}

function ofPath(path: string, name: string): string | undefined {
  const steps = path.split('/')
  const noun = NOUNS[steps[steps.indexOf(`{${name}}`) - 1] ?? '']
  if (noun === undefined) return undefined
  const what = name === 'path' ? 'Path' : name === 'name' ? 'Name' : 'Id'
  return `${what} of the ${noun}.`
}
