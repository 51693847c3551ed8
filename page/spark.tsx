/**
 * How long the last probes took, as a line without axes; a failed one is a gap with a mark below it. The figures are in
 * its label and beside it, so the picture adds nothing that only eyes can have.
 */
import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { Latency } from './model.ts'
import { formatLatency } from './words.ts'

const width = 132
const height = 30

export function Spark({ points, scheme }: { readonly points: readonly Latency[]; readonly scheme: string }) {
  const box = useRef<HTMLDivElement>(null)
  const plot = useRef<uPlot | null>(null)
  // The colours are read anew when the scheme turns.
  useEffect(() => {
    const { color, outlineColor } = getComputedStyle(box.current!)
    plot.current = new uPlot(optionsFor(color, outlineColor), columnsOf([]), box.current!)
    return () => {
      plot.current?.destroy()
      plot.current = null
    }
  }, [scheme])
  useEffect(() => plot.current?.setData(columnsOf(points)), [points, scheme])
  const passed = points.filter(point => point.passed)
  const label = passed.length === 0 ? 'no probe passed while this page was open' : labelOf(passed, points.length)
  return <div class="spark" ref={box} role="img" aria-label={label} />
}

function labelOf(passed: readonly Latency[], probes: number): string {
  const most = Math.max(...passed.map(point => point.latencyMs))
  return `latency of the last ${probes} probes: newest ${formatLatency(passed.at(-1)!.latencyMs)}, highest ${formatLatency(most)}`
}

function columnsOf(points: readonly Latency[]): uPlot.AlignedData {
  return [
    points.map(point => point.atSeconds),
    points.map(point => (point.passed ? point.latencyMs : null)),
    points.map(point => (point.passed ? null : 0)),
  ]
}

function optionsFor(line: string, failed: string): uPlot.Options {
  return {
    width,
    height,
    padding: [4, 4, 4, 4],
    legend: { show: false },
    cursor: { show: false },
    axes: [{ show: false }, { show: false }],
    // From nothing up, or noise would look like news.
    scales: { x: { time: false }, y: { range: (_, __, most) => [0, Math.max(1, most ?? 1) * 1.15] } },
    series: [
      {},
      { stroke: line, width: 1.5, points: { show: false }, spanGaps: false },
      { stroke: failed, fill: failed, paths: () => null, points: { show: true, size: 5, fill: failed } },
    ],
  }
}
