/**
 * Holds the tree to the house rules. Each failure lists its offenders as file:line. The rules are in test/tidy/, the
 * table of rooms in test/tidy/rooms.ts; test/tidy/rules.test.ts shows that every rule can fail.
 */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { formatOffences, plantTree, rules } from './tidy/rules.ts'
import { readTree } from './tidy/source.ts'

const tree = plantTree(readTree(fileURLToPath(new URL('..', import.meta.url))))

describe('the tree', () => {
  it('is there to be judged', () => {
    expect(tree.product.length).toBeGreaterThan(20)
    expect(tree.product.some(file => file.path === 'src/core/ports.ts')).toBe(true)
  })

  it.each(rules)('$name', ({ find }) => {
    expect(formatOffences(find(tree))).toBe('')
  })
})
