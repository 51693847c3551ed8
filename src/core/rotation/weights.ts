/**
 * Weights as whole numbers, and the walk over them that makes an order smooth. Members lie side by side on a circle of
 * as many places as the weights come to; answer number c begins with the member at place c * stride, round and round.
 *
 *   weights 3 1   places a a a b   stride 3:  0 3 2 1 | 0 3 2 1   a b a a | a b a a
 *
 * Invariants: the stride has no divisor in common with the circle, so as many answers in a row as there are places meet
 * each place once, and each member begins exactly as often as its weight says; it lies next to the golden section of
 * the circle, so that they are spread over that row and do not come in a bunch. No sequence is stored: any weights cost
 * one number a member, and all threads go on from one cursor.
 */

/** Parts of a share that make a difference. */
const shareParts = 100

/**
 * Weights by share, in least terms. Shares are above 0 and at most 1. Empty if all members count the same.
 */
export function weigh(weights: readonly number[], shares: readonly number[]): readonly number[] {
  const whole = shares.every(share => share === 1)
  const scaled = whole ? weights : weights.map((weight, i) => Math.max(1, Math.round(weight * shares[i]! * shareParts)))
  if (scaled.every(weight => weight === scaled[0])) return []
  const divisor = scaled.reduce(commonDivisor)
  return divisor === 1 ? scaled : scaled.map(weight => weight / divisor)
}

/** The stride over a circle of `places`, at least 2. */
export function strideOf(places: number): number {
  const golden = Math.round(places * goldenSection)
  let best = 1
  let coarsest = Number.POSITIVE_INFINITY
  // From the section outwards: of equals the nearest is taken.
  for (let step = 0; step <= 2 * awayMax; step++) {
    const stride = golden + (step % 2 === 0 ? step / 2 : -(step + 1) / 2)
    const coarseness = stride > 0 && stride < places ? coarsenessOf(stride, places) : Number.POSITIVE_INFINITY
    if (coarseness >= coarsest) continue
    best = stride
    coarsest = coarseness
  }
  return best
}

/** (sqrt(5) - 1) / 2: of all numbers the one that its multiples leave the most even gaps for. */
const goldenSection = 0.618_033_988_749_895
/** Strides on either side of the section that are looked at. */
const awayMax = 16

/**
 * The greatest quotient of the continued fraction of stride / places: the smaller, the more even are the gaps between
 * the places met so far (Steinhaus' three gaps). Infinite if the two have a divisor in common.
 */
function coarsenessOf(stride: number, places: number): number {
  let greatest = 0
  let a = places
  let b = stride
  while (b !== 0) {
    greatest = Math.max(greatest, Math.floor(a / b))
    ;[a, b] = [b, a % b]
  }
  return a === 1 ? greatest : Number.POSITIVE_INFINITY
}

function commonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b]
  return a
}
