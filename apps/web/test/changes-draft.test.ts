import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blocksOf } from '../src/pages/task/pull-request/diff/blocks.ts'
import { parsePatch } from '../src/pages/task/pull-request/diff/parse-patch.ts'
import { splitRows, unifiedRows } from '../src/pages/task/pull-request/diff/rows.ts'
import {
  carryOver,
  type DraftAction,
  EMPTY_DRAFT,
  finishedComments,
  parseDraft,
  reduceDraft,
} from '../src/pages/task/pull-request/review-draft.ts'

const HEAD = 'a'.repeat(40)

function after(...actions: DraftAction[]) {
  return actions.reduce(reduceDraft, EMPTY_DRAFT)
}

const begin: DraftAction = { type: 'begin', id: '1', path: 'a.ts', line: 3 }

describe('a review that is being written', () => {
  it('sends what was finished, and keeps what is still being written', () => {
    const draft = after(
      begin,
      { type: 'write', id: '1', body: 'why?' },
      { type: 'keep', id: '1' },
      { type: 'begin', id: '2', path: 'a.ts', line: null },
      { type: 'write', id: '2', body: 'half a' },
      { type: 'summarise', body: 'In all' },
    )
    expect(finishedComments(draft)).toMatchObject([{ id: '1', body: 'why?', line: 3 }])
    const sent = reduceDraft(draft, { type: 'sent' })
    expect(sent).toMatchObject({ body: '', comments: [{ id: '2', body: 'half a' }] })
  })

  it('has one editor at a line, and gives back what an abandoned change replaced', () => {
    expect(after(begin, { ...begin, id: '2' }).comments).toHaveLength(1)
    const kept = after(begin, { type: 'write', id: '1', body: 'first' }, { type: 'keep', id: '1' })
    const changed = [
      { type: 'edit', id: '1' },
      { type: 'write', id: '1', body: 'second' },
      { type: 'cancel', id: '1' },
    ] as const
    expect(changed.reduce(reduceDraft, kept)).toEqual(kept)
    expect(after(begin, { type: 'write', id: '1', body: 'x' }, { type: 'cancel', id: '1' })).toEqual(
      EMPTY_DRAFT,
    )
    expect(after(begin, { type: 'write', id: '1', body: ' ' }, { type: 'keep', id: '1' })).toEqual(
      EMPTY_DRAFT,
    )
  })

  it('survives being stored, whatever was done, and whatever else is found in its place', () => {
    const id = fc.constantFrom('1', '2', '3')
    const action: fc.Arbitrary<DraftAction> = fc.oneof(
      fc.record({
        type: fc.constant('begin' as const),
        id,
        path: fc.constantFrom('a', null),
        line: fc.constantFrom(1, null),
      }),
      fc.record({ type: fc.constant('write' as const), id, body: fc.string() }),
      fc.record({ type: fc.constantFrom('keep' as const, 'edit' as const, 'cancel' as const), id }),
      fc.record({ type: fc.constant('summarise' as const), body: fc.string() }),
    )
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const draft = after(...actions)
        expect(parseDraft(JSON.stringify(draft))).toEqual(draft)
      }),
    )
    fc.assert(
      fc.property(fc.json(), (stored) => {
        expect(Array.isArray(parseDraft(stored).comments)).toBe(true)
      }),
    )
    expect(parseDraft('{')).toEqual(EMPTY_DRAFT)
  })

  it('goes along to new commits without standing at a wrong line', () => {
    const draft = after(
      begin,
      { type: 'write', id: '1', body: 'why?' },
      { type: 'begin', id: '2', path: 'gone.ts', line: 1 },
      { type: 'write', id: '2', body: 'what?' },
    )
    expect(carryOver(draft, HEAD, new Set(['a.ts']))).toMatchObject([
      { path: 'a.ts', line: null, body: '(About line 3 of aaaaaaaaaa) why?' },
      { path: null, line: null, body: '(About gone.ts, line 1 of aaaaaaaaaa) what?' },
    ])
  })
})

describe('the parts a diff is drawn in', () => {
  it('have every row once and in order, and a note right below each line that has one', () => {
    const patch = `@@ -1,2500 +1,2500 @@\n${Array.from({ length: 2500 }, (_, i) => (i % 7 === 0 ? `-o${i}\n+n${i}` : ` ${i}`)).join('\n')}\n`
    const hunks = parsePatch(patch)
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 2500 }), { maxLength: 6 }),
        fc.constantFrom('unified' as const, 'split' as const),
        (lines, mode) => {
          const blocks = blocksOf(hunks, mode, new Set(lines))
          const rows = blocks.flatMap((block) =>
            block.type === 'rows' ? block.chunks.flatMap((chunk): readonly unknown[] => chunk.rows) : [],
          )
          const all = hunks.flatMap((hunk): unknown[] => (mode === 'unified' ? unifiedRows : splitRows)(hunk))
          expect(rows).toEqual(all)
          expect(new Set(blocks.map(({ key }) => key)).size).toBe(blocks.length)
          const noted = blocks.flatMap((block) => (block.type === 'notes' ? block.line : []))
          expect(noted).toEqual([...lines].sort((a, b) => a - b))
          blocks.forEach((block, index) => {
            if (block.type !== 'notes') return
            const before = blocks[index - 1]
            const chunk = before?.type === 'rows' ? before.chunks.at(-1) : undefined
            const last =
              chunk?.mode === 'unified' ? chunk.rows.at(-1)?.line.newLine : chunk?.rows.at(-1)?.right?.newLine
            expect(last).toBe(block.line)
          })
        },
      ),
      { numRuns: 25 },
    )
  })
})
