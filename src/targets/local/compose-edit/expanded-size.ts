import { isAlias, isCollection, isPair, type Document } from "yaml";
import { aliasTargets } from "./alias-targets.ts";

/**
 * How many nodes the document has once every alias is written out, without writing them out; infinite when an
 * anchor contains itself. Keeps "billion laughs" files, by aliases or by merge keys, from being expanded.
 */
export function expandedSize(document: Document): number {
  const sizes = new Map<unknown, number>();
  const targets = aliasTargets(document);
  return sizeOf(document.contents);

  function sizeOf(node: unknown): number {
    const known = sizes.get(node);
    if (known !== undefined) return known;
    // Met again while still being measured, an anchor contains itself.
    sizes.set(node, Number.POSITIVE_INFINITY);
    const size = measure(node);
    sizes.set(node, size);
    return size;
  }

  function measure(node: unknown): number {
    if (isAlias(node)) return sizeOf(targets.get(node));
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (isCollection(node)) return node.items.reduce<number>((sum, item) => sum + sizeOf(item), 1);
    return 1;
  }
}
