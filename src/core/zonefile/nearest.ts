/**
 * Which known word did the writer mean? Edit distance with neighbouring letters swapped counted as one step (optimal
 * string alignment), case ignored. Silent when nothing is near: a wrong guess is worse than none.
 */
const wordCharactersMax = 64
/** Words looked at: a file may define thousands of names and misspell as many. */
const candidatesMax = 256
/** How wrong a word may be and still be meant. */
const missesPerLetter = 0.4

/** The nearest of `known`, the first of equals, or null if none is near enough to be meant. */
export function nearest(word: string, known: Iterable<string>): string | null {
  if (word.length > wordCharactersMax) return null
  const limit = Math.max(1, Math.floor(word.length * missesPerLetter))
  let best: string | null = null
  let bestDistance = limit + 1
  let candidates = 0
  for (const candidate of known) {
    if (candidates++ === candidatesMax) break
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance >= bestDistance) continue
    best = candidate
    bestDistance = distance
  }
  return best
}

function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(changed, last[j]! + 1, row[j - 1]! + 1)
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (swapped) row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1)
    }
    beforeLast = last
    last = row
  }
  return last[b.length]!
}
