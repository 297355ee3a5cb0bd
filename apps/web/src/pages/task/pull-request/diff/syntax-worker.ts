/// <reference lib="webworker" />
import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import { GRAMMARS, type Grammar } from './languages.ts'
import { SYNTAX_KINDS } from './segments.ts'

/** Colours code in a thread of its own, so that a page never waits for a grammar. */

export interface SyntaxRequest {
  readonly id: number
  readonly grammar: Grammar
  /** Pieces of code that do not follow on one another, each of whole lines. */
  readonly pieces: readonly string[]
}

export interface SyntaxAnswer {
  readonly id: number
  /** For each piece, for each line: length, kind, length, kind and so on; null when it could not be done. */
  readonly pieces: readonly (readonly (readonly number[])[])[] | null
}

const THEME = 'optio'
/** Longer lines stay plain: they are made by programs and read by none. */
const MOST_CHARACTERS_PER_LINE = 1_000
/** No limit: a grammar's first line is slow, because it is compiled then. Whoever asks ends a worker that takes too long. */
const MOST_MS_PER_LINE = 0

let highlighter: Promise<HighlighterCore> | null = null

function readyHighlighter(): Promise<HighlighterCore> {
  highlighter ??= createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME, variablePrefix: '' })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })
  return highlighter
}

/** The theme names colours `var(token-keyword)`: the name in it is the kind. */
function kindOf(color: string | undefined): number {
  const name = /^var\((?:--)?token-([a-z-]+)\)$/.exec(color ?? '')?.[1] ?? ''
  return Math.max(0, (SYNTAX_KINDS as readonly string[]).indexOf(name))
}

async function colour({ grammar, pieces }: SyntaxRequest): Promise<SyntaxAnswer['pieces']> {
  const shiki = await readyHighlighter()
  if (!shiki.getLoadedLanguages().includes(grammar)) await shiki.loadLanguage(GRAMMARS[grammar]())
  return pieces.map((code) =>
    shiki
      .codeToTokensBase(code, {
        lang: grammar,
        theme: THEME,
        tokenizeMaxLineLength: MOST_CHARACTERS_PER_LINE,
        tokenizeTimeLimit: MOST_MS_PER_LINE,
      })
      .map((tokens) => tokens.flatMap(({ content, color }) => [content.length, kindOf(color)])),
  )
}

self.onmessage = async ({ data }: MessageEvent<SyntaxRequest>) => {
  const answer: SyntaxAnswer = { id: data.id, pieces: await colour(data).catch(() => null) }
  self.postMessage(answer)
}
