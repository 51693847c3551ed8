/**
 * After a drain: until when caches may still hand out what was taken, so that one knows when it can be switched off.
 */
import { useEffect, useState } from 'preact/hooks'
import type { CachedView } from '../src/core/view/status.ts'
import { askCaches } from './orders.ts'
import { formatAge, shortName } from './words.ts'

const lookMs = 1_000

export function CacheWatch({ target, dismiss }: { readonly target: string; readonly dismiss: () => void }) {
  const [cached, setCached] = useState<CachedView | null>(null)
  const over = cached !== null && cached.answered.length === 0 && cached.heldForMs === 0
  useEffect(() => {
    if (over) return
    const look = (): void => void askCaches(target).then(setCached)
    look()
    const timer = setInterval(look, lookMs)
    return () => clearInterval(timer)
  }, [target, over])
  return (
    <div class="toast" role="status">
      <span>
        {over
          ? `No cache can still hold ${target}.`
          : cached === null
            ? `${target} is leaving.`
            : textOf(target, cached)}
      </span>
      <button type="button" onClick={dismiss}>
        Dismiss
      </button>
    </div>
  )
}

function textOf(target: string, { answered, heldForMs }: CachedView): string {
  // `role=status` speaks each text; whole ten seconds keep it from talking all the time.
  if (answered.length > 0) return `${target} is still answered for ${answered.map(shortName).join(', ')}.`
  return `Caches may hold ${target} for ${formatAge(Math.ceil(heldForMs / 10_000) * 10_000)} at most.`
}
