/**
 * How large V8's space for young objects may become, in all threads of the process. Left alone it grows to 32 MB a
 * thread for the sake of a burst, and stays so; a server makes little garbage at a time, and that for months. One that
 * probes thousands of endpoints makes more: with a little more room its probes under way are copied a few times less.
 */
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

const roomyOctets = 8 * 1024 * 1024
/** It grows by doubling, and not more than once in this time under such a load. */
const lookMs = 100
/** A load that has not made it grow by then does not need it. */
const looksMax = 600

/** From now on it keeps the size that it has. */
export function keepYoungSpaceSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
}

/** Until the next `keepYoungSpaceSmall` it may grow: parsing many files is faster by a fifth then. */
export function letYoungSpaceGrow(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
}

/** Lets that of the calling thread grow to `roomyOctets` or so, and no further. Returns what ends that before. */
export function makeYoungSpaceRoomy(): () => void {
  let looks = 0
  const timer = setInterval(() => {
    if (readYoungSpace() < roomyOctets && ++looks < looksMax) return
    stop()
  }, lookMs)
  const stop = (): void => {
    clearInterval(timer)
    keepYoungSpaceSmall()
  }
  timer.unref()
  if (readYoungSpace() < roomyOctets) letYoungSpaceGrow()
  return stop
}

function readYoungSpace(): number {
  return getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space')?.space_size ?? 0
}
