import { composeKeys } from "../../../core/masking/setting-keys.ts";
import { isVariableName, maskedLine } from "../../../core/masking/mask-env.ts";
import { maskAssignments, maskComment } from "../../../core/masking/mask-comment.ts";
import { isPlainWord } from "../../../core/masking/plain-words.ts";
import { isSecretName } from "../../../core/masking/secret-names.ts";
import { MASK } from "../../../core/masking/secret-patterns.ts";
import { maskSetting } from "../../../core/masking/setting-value.ts";

/** `--password`, but not `--password=value`. */
export function isSecretFlag(word: string): boolean {
  const name = /^--?([A-Za-z][\w-]*)$/.exec(word)?.[1];
  return name !== undefined && isSecretName(name.replaceAll("-", "_"));
}

/**
 * For a file that is not YAML: keys stay, and values that are known to be harmless; what is no key with a value, and
 * what is indented below a secret's, goes.
 */
export function maskLoosely(text: string): string {
  const anchors = new Set([...text.matchAll(/(?:^|[\s[,{])&([^\s,\]}]+)/g)].map(([, anchor]) => anchor));
  let below: number | undefined;
  return text
    .split("\n")
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      // A list may stand as far left as its key.
      const isBelow = below !== undefined && (indent > below || (indent === below && /^\s*-\s/.test(line)));
      if (below !== undefined && (line.trim() === "" || isBelow)) return maskedLine(line);
      if (/^\s*(?:#|$)/.test(line)) return maskComment(line);
      const masked = maskLine(
        maskAssignments(line).replaceAll(/((?<![^\s,["'])-p)[^\s"',\]]+/g, `$1${MASK}`),
        anchors,
      );
      const opensBlock = /^\s*(?:-\s+)?["']?([A-Za-z_]\w*)["']?:(?:\s|$)/.exec(line)?.[1];
      const flag = /^\s*-\s+["']?(--?[A-Za-z][\w-]*)["']?\s*$/.exec(line)?.[1];
      const opens = (opensBlock !== undefined && isSecretName(opensBlock)) || isSecretFlag(flag ?? "");
      below = masked !== line || opens ? indent : undefined;
      return masked;
    })
    .join("\n");
}

function maskLine(line: string, anchors: ReadonlySet<string | undefined>): string {
  const known = line.replaceAll(/(?<=^|[\s[,{:])\*([^\s,\]}]+)/g, (alias, name: string) =>
    anchors.has(name) ? alias : `*${MASK}`,
  );
  const entry = /^(\s*(?:-\s+)*["']?)([A-Za-z_][\w.-]*)(["']?\s*(?::\s+|=|:$))(.*)$/s.exec(known);
  if (entry === null) return isStructure(known) ? known : maskedLine(known);
  const [, lead = "", name = "", sign = "", rest = ""] = entry;
  if (!composeKeys.has(name) && !isVariableName(name) && !/^[a-z][a-z0-9_.-]{0,30}$/.test(name))
    return maskedLine(known);
  const value = rest.trimEnd();
  if (/^[[{]/.test(value)) return lead + name + sign + maskFlow(rest);
  const isKept = value === "" || composeKeys.has(name) || /^[|>&*]/.test(value);
  if (isKept) return known;
  const quoted = /^(["'])(.*)\1$/s.exec(value);
  const inner = quoted?.[2] ?? value;
  const { shown } = maskSetting(name, inner);
  const quote = quoted?.[1] ?? "";
  return `${lead}${name}${sign}${quote}${shown}${quote}${rest.slice(value.length)}`;
}

/** Of `[a, b]` and `{a: b}` the words that may stand in a line of their own. */
function maskFlow(text: string): string {
  return text.replaceAll(/[^\s,[\]{}"']+/g, (word) => {
    const bare = word.replace(/:$/, "");
    return composeKeys.has(bare) || isStructure(bare) || /^\$(?:\w+)?$/.test(bare) || /^[:#]$/.test(word)
      ? word
      : MASK;
  });
}

/** A list's item that is a path, a port, an image or a word, and brackets alone. */
function isStructure(line: string): boolean {
  const item = line
    .trim()
    .replace(/^(?:-\s+)+/, "")
    .replaceAll(/^["'[{]+|["'\]},]+$/g, "");
  return (
    item === "" ||
    isPlainWord(item) ||
    maskSetting("", item).shown === item ||
    /^(?:---|\.\.\.|<redacted>)$/.test(item) ||
    /^--?[a-z][a-z-]{0,40}$/.test(item) ||
    /^[a-z][a-z_-]{0,30}:\/[a-z0-9_./-]{1,80}(?::r[ow])?$/.test(item)
  );
}
