import { memo, useLayoutEffect, useRef } from 'react'
import type { RowChunk as Chunk } from './blocks.ts'
import { type LineView, ROW_PX, SplitLine, UnifiedLine } from './line-rows.tsx'
import { useIsNear } from './near-viewport.ts'

interface RowChunkProps {
  readonly chunk: Chunk
  readonly view: LineView
}

/** Some rows of a diff; an empty space of the same height as long as they are far from the window. */
export const RowChunk = memo(function RowChunk({ chunk, view }: RowChunkProps) {
  const ref = useRef<HTMLDivElement>(null)
  const height = useRef(chunk.rows.length * ROW_PX)
  const isNear = useIsNear(ref)
  const isWrapped = view.wrap || chunk.mode === 'split'
  useLayoutEffect(() => {
    // Only wrapped lines are of a height that has to be remembered.
    if (isNear && isWrapped && ref.current) height.current = ref.current.offsetHeight
    else if (!isWrapped) height.current = chunk.rows.length * ROW_PX
  })
  return (
    <div ref={ref} style={isNear ? undefined : { height: height.current }}>
      {isNear ? <Rows chunk={chunk} view={view} /> : null}
    </div>
  )
})

function Rows({ chunk, view }: RowChunkProps) {
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
