import { isHarmless } from "../../../core/masking/harmless-values.ts";
import { isOpaque } from "../../../core/masking/mask-comment.ts";
import { isPlainWord } from "../../../core/masking/plain-words.ts";
import { putReferencesBack, takeReferencesOut, wordOfReference } from "../../../core/masking/references.ts";
import { isSecretName } from "../../../core/masking/secret-names.ts";
import { MASK } from "../../../core/masking/secret-patterns.ts";

const mark = /[\uE000-\uF8FF]/g;

/**
 * The name of an image as Compose made it from one of these texts, such as `x/${NAME}:${TAG:-v1}`: what came from a
 * variable is masked unless it is known to be harmless.
 */
export function maskImage(image: string, templates: readonly string[], written: readonly string[]): string {
  // Written as it is; else it comes from one of the templates, or from a file that was not read.
  if (written.includes(image)) return image;
  for (const template of templates) {
    const taken = takeReferencesOut(template);
    if (taken === undefined || taken.references.length === 0) continue;
    const pieces = taken.text.split(mark);
    const values = new RegExp(`^${pieces.map((piece) => RegExp.escape(piece)).join("([\\s\\S]*?)")}$`)
      .exec(image)
      ?.slice(1);
    if (values === undefined) continue;
    const shown = values.map((value, index) => {
      const reference = taken.references[index] ?? "";
      const parts = wordOfReference(reference);
      const name = parts?.name ?? reference.replaceAll(/[${}]/g, "");
      return isShown(name, value, parts?.word) ? value : MASK;
    });
    return putReferencesBack(taken.text, shown);
  }
  return image.replaceAll(/[^/:@]+/g, (part) => (isImagePart(part) || isDigest(part) ? part : MASK));
}

function isDigest(part: string): boolean {
  return /^(?:sha256|[0-9a-f]{64})$/.test(part);
}

/** A default that is written in the file is as public as the rest of the line. */
function isShown(name: string, value: string, written: string | undefined): boolean {
  if (isSecretName(name)) return false;
  return value === written || isHarmless(name, value) || isImagePart(value);
}

function isImagePart(value: string): boolean {
  const parts = value.replace(/@sha256:[0-9a-f]{64}$/, "").split(/[/:.-]/);
  return parts.every(
    (part) => part === "" || /^v?\d{1,5}$/.test(part) || (isPlainWord(part) && !isOpaque(part)),
  );
}
