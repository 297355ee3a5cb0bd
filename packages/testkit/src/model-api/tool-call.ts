import { posix } from 'node:path'
import type { Conversation, OfferedTool } from './conversation.ts'

/** A call of a tool that the agent offers, with an input of the shape it asks for. */
export interface ToolCall {
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What agents call their shell, and where its command goes. */
const SHELLS = ['bash', 'shell', 'exec_command', 'shell_command', 'local_shell', 'run_shell_command']
const COMMAND_KEYS = ['command', 'cmd', 'script']
/** What they call the tool that writes a whole file. */
const WRITERS = ['write', 'write_file', 'create_file', 'write_to_file']
const PATH_KEYS = ['file_path', 'filePath', 'path', 'filename']
const CONTENT_KEYS = ['content', 'file_text', 'text']

/** A call that runs a shell command; null when the agent offers no shell. */
export function shellCall({ tools }: Conversation, command: string): ToolCall | null {
  const tool = offered(tools, SHELLS)
  const key = tool && keyOf(tool, COMMAND_KEYS)
  if (!tool || !key) return null
  const description = 'description' in tool.properties ? { description: 'What the script says' } : {}
  return { name: tool.name, input: { [key]: inShape(tool.properties[key], command), ...description } }
}

/** A call that writes a file, by the shell where there is no tool for it; null when there is neither. */
export function writeCall(conversation: Conversation, path: string, content: string): ToolCall | null {
  const { tools, directory } = conversation
  const tool = offered(tools, WRITERS)
  const pathKey = tool && keyOf(tool, PATH_KEYS)
  const contentKey = tool && keyOf(tool, CONTENT_KEYS)
  if (!tool || !pathKey || !contentKey) {
    const target = quoted(path)
    return shellCall(
      conversation,
      `mkdir -p "$(dirname ${target})" && printf %s ${quoted(content)} > ${target}`,
    )
  }
  const full = directory === null ? path : posix.resolve(directory, path)
  return { name: tool.name, input: { [pathKey]: full, [contentKey]: content } }
}

function offered(tools: readonly OfferedTool[], names: readonly string[]): OfferedTool | undefined {
  return tools.find(({ name }) => names.includes(name.toLowerCase()))
}

function keyOf({ properties }: OfferedTool, keys: readonly string[]): string | undefined {
  return keys.find((key) => key in properties)
}

/** Some shells take one text, others a list of arguments. */
function inShape(schema: unknown, command: string): string | string[] {
  const type = (schema as { type?: unknown } | null)?.type
  return String(type).toLowerCase() === 'array' ? ['bash', '-c', command] : command
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
