import { type ModelScript, readScript, ScriptError } from './script.ts'

const BLOCK = /^```model-script[ \t]*\r?\n(.*?)^```[ \t]*$/ms

/** A prompt that says what it says and carries a script with it, so that one stand-in serves any number of tests at once. */
export function promptWith(words: string, script: ModelScript): string {
  return `${words}\n\n\`\`\`model-script\n${JSON.stringify(script)}\n\`\`\`\n`
}

/** The script in the first of these texts that has one; null when none has. Throws ScriptError when it can't be read. */
export function scriptIn(texts: readonly string[]): ModelScript | null {
  for (const text of texts) {
    const found = BLOCK.exec(text)?.[1]
    if (found === undefined) continue
    let value: unknown
    try {
      value = JSON.parse(found)
    } catch (error) {
      throw new ScriptError(`The script in the prompt is no JSON: ${String(error)}`)
    }
    return readScript(value, 'in the prompt')
  }
  return null
}

export function withoutScript(text: string): string {
  return text.replace(BLOCK, '')
}
