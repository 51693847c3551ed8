/**
 * Plain values → canonical YAML, block form at the top and small things on one line: what `export` prints looks like
 * what `fmt` leaves as it is.
 */
import { Document, isCollection, type Node, visit } from 'yaml'
import { printDocument } from './print.ts'

/** Keys keep their order. */
export function printTree(tree: ReadonlyMap<string, unknown>): string {
  const document = new Document(tree)
  visit(document, {
    Collection: (_, node, path) => {
      if (path.length > 1 && isSmall(node)) node.flow = true
    },
  })
  return `---\n${printDocument(document)}`
}

/** Nothing but scalars inside. */
function isSmall(node: Node): boolean {
  let small = true
  visit(node, {
    Collection: (_, inner) => {
      if (inner !== node && isCollection(inner)) small = false
      return small ? undefined : visit.BREAK
    },
  })
  return small
}
