import { memo, type ReactNode, useLayoutEffect, useRef } from 'react'
import type { RowChunk } from './blocks.ts'
import { type LineView, ROW_PX, SplitLine, UnifiedLine } from './line-rows.tsx'
import { useIsNear } from './near-viewport.ts'

interface RowGroupProps {
  readonly chunks: readonly RowChunk[]
  readonly view: LineView
}

/**
 * Rows of a diff that follow on one another; an empty space of the same height as long as they are far from the window. Groups of
 * chunks, because a browser looks at each element that is observed in every frame: at a hundred groups, not at thousands of chunks.
 */
export const RowGroup = memo(function RowGroup({ chunks, view }: RowGroupProps) {
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rows.length, 0)
  const isWrapped = view.wrap || chunks[0]?.mode === 'split'
  return (
    <WhileNear rows={rows} isWrapped={isWrapped}>
      {() =>
        chunks.map((chunk) => <Chunk key={chunk.start} chunk={chunk} view={view} isWrapped={isWrapped} />)
      }
    </WhileNear>
  )
})

interface ChunkProps {
  readonly chunk: RowChunk
  readonly view: LineView
  readonly isWrapped: boolean
}

const Chunk = memo(function Chunk({ chunk, view, isWrapped }: ChunkProps) {
  return (
    <WhileNear rows={chunk.rows.length} isWrapped={isWrapped}>
      {() => <Rows chunk={chunk} view={view} />}
    </WhileNear>
  )
})

interface WhileNearProps {
  readonly rows: number
  /** Whether rows may be higher than one line: then what was drawn before says how high they are. */
  readonly isWrapped: boolean
  readonly children: () => ReactNode
}

function WhileNear({ rows, isWrapped, children }: WhileNearProps) {
  const ref = useRef<HTMLDivElement>(null)
  const measured = useRef(rows * ROW_PX)
  const isNear = useIsNear(ref)
  useLayoutEffect(() => {
    if (isNear && isWrapped && ref.current) measured.current = ref.current.offsetHeight
  })
  const height = isWrapped ? measured.current : rows * ROW_PX
  return (
    <div
      ref={ref}
      // A height that is known keeps the browser from laying out one part because of another.
      className={isWrapped ? undefined : 'contain-strict'}
      style={isNear && isWrapped ? undefined : { height }}
    >
      {isNear ? children() : null}
    </div>
  )
}

function Rows({ chunk, view }: Omit<ChunkProps, 'isWrapped'>) {
  if (chunk.mode === 'split') {
    const first = chunk.rows.findIndex(({ right }) => right !== null)
    return chunk.rows.map((row, index) => (
      // Rows of a chunk never move among themselves.
      // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a row is known by
      <SplitLine key={index} row={row} view={view} inTabOrder={index === first} />
    ))
  }
  const first = chunk.rows.findIndex(({ line }) => line.newLine !== null)
  return chunk.rows.map((row, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: the position is what a row is known by
    <UnifiedLine key={index} row={row} view={view} inTabOrder={index === first} />
  ))
}
