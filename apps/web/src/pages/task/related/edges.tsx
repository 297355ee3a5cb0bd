import { useLayoutEffect, useRef, useState } from 'react'

/** A line between two nodes, which are found by their `data-node`. */
export interface Edge {
  readonly from: string
  readonly to: string
  /** `then`: the second begins after the first; `part`: the second is a part of the first. */
  readonly meaning: 'then' | 'part'
}

interface Box {
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly middle: number
}

/** The lines between the nodes of the element around it, wherever these stand. They say nothing that is not also said in words. */
export function Edges({ edges }: { readonly edges: readonly Edge[] }) {
  const svg = useRef<SVGSVGElement>(null)
  const [paths, setPaths] = useState<readonly { key: string; d: string; hasTip: boolean }[]>([])
  useLayoutEffect(() => {
    const element = svg.current?.parentElement
    if (!element) return
    const draw = () => {
      const boxes = boxesIn(element)
      setPaths(
        edges.flatMap(({ from, to, meaning }) => {
          const [a, b] = [boxes.get(from), boxes.get(to)]
          if (a === undefined || b === undefined) return []
          return [{ key: `${from} ${to}`, d: pathBetween(a, b), hasTip: meaning === 'then' }]
        }),
      )
    }
    draw()
    const observer = new ResizeObserver(draw)
    observer.observe(element)
    for (const node of element.querySelectorAll('[data-node]')) observer.observe(node)
    return () => observer.disconnect()
  }, [edges])
  return (
    <svg
      ref={svg}
      aria-hidden="true"
      className="pointer-events-none absolute inset-0 size-full overflow-visible"
    >
      <defs>
        <marker
          id="edge-tip"
          viewBox="0 0 6 6"
          refX="5"
          refY="3"
          markerWidth="6"
          markerHeight="6"
          orient="auto"
        >
          <path d="M0 0 6 3 0 6z" className="fill-line-strong" />
        </marker>
      </defs>
      {paths.map(({ key, d, hasTip }) => (
        <path
          key={key}
          d={d}
          className="fill-none stroke-line-strong"
          strokeWidth="1.5"
          {...(hasTip ? { markerEnd: 'url(#edge-tip)' } : {})}
        />
      ))}
    </svg>
  )
}

function boxesIn(element: HTMLElement): Map<string, Box> {
  const origin = element.getBoundingClientRect()
  const nodes = element.querySelectorAll<HTMLElement>('[data-node]')
  return new Map(
    Array.from(nodes, (node) => {
      const { left, right, top, bottom } = node.getBoundingClientRect()
      const y = { top: top - origin.top, bottom: bottom - origin.top }
      const box = {
        left: left - origin.left,
        right: right - origin.left,
        ...y,
        middle: (y.top + y.bottom) / 2,
      }
      return [node.dataset.node ?? '', box]
    }),
  )
}

/** From the left edge of a node to the line that leaves it downwards. */
const GUTTER = 12
const CORNER = 6

/** Beside each other: a curve. Below and to the right: down and to the right, as in a tree. Otherwise straight down. */
function pathBetween(a: Box, b: Box): string {
  if (b.left >= a.right) {
    const bend = (b.left - a.right) / 2
    return `M${a.right} ${a.middle} C${a.right + bend} ${a.middle} ${b.left - bend} ${b.middle} ${b.left} ${b.middle}`
  }
  if (b.left > a.left + GUTTER) {
    const x = a.left + GUTTER
    return `M${x} ${a.bottom} V${b.middle - CORNER} Q${x} ${b.middle} ${x + CORNER} ${b.middle} H${b.left}`
  }
  if (a.left > b.left + GUTTER) {
    const x = b.left + GUTTER
    return `M${a.left} ${a.middle} H${x + CORNER} Q${x} ${a.middle} ${x} ${a.middle + CORNER} V${b.top}`
  }
  const x = b.left + 2 * GUTTER
  return `M${x} ${a.bottom} V${b.top}`
}
