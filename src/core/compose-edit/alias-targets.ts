import { visit, type Alias, type Document, type Node } from "yaml";

/** Remembered, because documents never change after they are parsed. */
const known = new WeakMap<Document, ReadonlyMap<Alias, Node>>();

/**
 * What each alias of the document stands for: the last node before it that has its anchor. One walk for all,
 * where `Alias.resolve` walks the whole document for each.
 */
export function aliasTargets(document: Document): ReadonlyMap<Alias, Node> {
  const remembered = known.get(document);
  if (remembered !== undefined) return remembered;
  const anchors = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  const anchored = (_key: unknown, node: Node & { readonly anchor?: string | undefined }): void => {
    if (node.anchor !== undefined) anchors.set(node.anchor, node);
  };
  visit(document, {
    Map: anchored,
    Seq: anchored,
    Scalar: anchored,
    Alias: (_key, alias) => {
      const target = anchors.get(alias.source);
      if (target !== undefined) targets.set(alias, target);
    },
  });
  known.set(document, targets);
  return targets;
}
