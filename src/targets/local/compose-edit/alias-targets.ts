import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  visit,
  type Alias,
  type Document,
  type Node,
  type Scalar,
} from "yaml";

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

/** What Compose refuses as well, and no value can be made of. `offset`: where it stands in the text. */
export interface BrokenReference {
  readonly offset: number;
  readonly problem: string;
}

/** The first alias without an anchor before it, or `<<` with something else than maps. */
export function brokenReference(document: Document): BrokenReference | undefined {
  const targets = aliasTargets(document);
  let broken: BrokenReference | undefined;
  const stopAt = (node: Node, problem: string): symbol => {
    broken = { offset: node.range?.[0] ?? 0, problem };
    return visit.BREAK;
  };
  visit(document, {
    Alias: (_key, alias) =>
      targets.has(alias) ? undefined : stopAt(alias, `the alias *${alias.source} has no anchor before it`),
    Pair: (_key, { key, value }) =>
      !isMergeKey(key) || mergedNodes(value, targets).every((node) => isMap(node) || isAlias(node))
        ? undefined
        : stopAt(key, "<< takes maps only"),
  });
  return broken;
}

/** A plain `<<` becomes a merge symbol; a quoted "<<" stays a string and is an ordinary key. */
export function isMergeKey(key: unknown): key is Scalar {
  return isScalar(key) && typeof key.value === "symbol";
}

/** What a `<<` names, aliases followed where they lead anywhere. */
function mergedNodes(value: unknown, targets: ReadonlyMap<Alias, Node>): readonly unknown[] {
  const followed = (node: unknown): unknown => (isAlias(node) ? (targets.get(node) ?? node) : node);
  const source = followed(value);
  return isSeq(source) ? source.items.map(followed) : [source];
}
