import { isHarmless, isPortMapping } from "../../../core/masking/harmless-values.ts";
import { putReferencesBack, takeReferencesOut, wordOfReference } from "../../../core/masking/references.ts";
import { MASK } from "../../../core/masking/secret-patterns.ts";

const marks = /[\uE000-\uF8FF]/g;
/** What joins references without being a value: `${HOST}:${PORT}`. */
const joints = /^[\s:/.,@=_-]*$/;

/** An entry of `ports:` of nothing but numbers, addresses and variables with such defaults; none of it is a secret. */
export function isPortText(text: string): boolean {
  const taken = takeReferencesOut(text);
  if (taken === undefined || !isPortMapping(taken.text.replaceAll(marks, "1"))) return false;
  return taken.references.every((reference) => {
    const parts = wordOfReference(reference);
    return (
      parts === undefined || (!parts.operator.endsWith("?") && (parts.word === "" || isPortText(parts.word)))
    );
  });
}

/** Whether Compose would read the same variables in both texts, in the same order and with the same operators. */
export function sameReferences(one: string, other: string): boolean {
  return (
    (!one.includes("$") && !other.includes("$")) ||
    referencesIn(one).join("\n") === referencesIn(other).join("\n")
  );
}

function referencesIn(text: string): readonly string[] {
  return (takeReferencesOut(text)?.references ?? ["?"]).flatMap((reference) => {
    const parts = wordOfReference(reference);
    return parts === undefined ? [reference] : [parts.name + parts.operator, ...referencesIn(parts.word)];
  });
}

/** `${HOST:-<redacted>}:${PORT:-8080}<redacted>`: all but the references, and defaults that could be secrets. */
export function maskBetweenReferences(text: string): string | undefined {
  const taken = takeReferencesOut(text);
  if (taken === undefined) return undefined;
  const references = taken.references.map((reference) => {
    const parts = wordOfReference(reference);
    if (parts === undefined || parts.word === "") return reference;
    const { name, operator, word } = parts;
    const shown = isHarmless(name, word) ? word : (maskBetweenReferences(word) ?? MASK);
    return `\${${name}${operator}${shown}}`;
  });
  const masked = taken.text.replaceAll(/[^\uE000-\uF8FF]+/g, (part) => (joints.test(part) ? part : MASK));
  const back = putReferencesBack(masked, references);
  return sameReferences(text, back) ? back : undefined;
}
