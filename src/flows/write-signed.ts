import { serializeEnvelope, type Envelope } from "../attest/dsse.ts";
import { serializeBundle, toSigstoreBundle } from "../attest/sigstore-bundle.ts";
import { RepairError } from "../core/errors.ts";
import type { Reporter } from "../ports/reporter.ts";
import type { CliServices } from "./services.ts";

/** `x.result.json` has its Sigstore bundle in `x.result.sigstore.json`. */
export function bundlePathOf(signedPath: string): string {
  return signedPath.replace(/(?:\.json)?$/, ".sigstore.json");
}

/**
 * Writes a signed file and, beside it, the same signature as a Sigstore bundle for other tools. The
 * bundle says nothing more, so the run does not fail for want of it.
 */
export async function writeSigned(
  path: string,
  envelope: Envelope,
  reporter: Reporter,
  { files }: Pick<CliServices, "files">,
): Promise<void> {
  await files.write(path, serializeEnvelope(envelope), { force: false, links: "refuse" });
  try {
    const bundle = serializeBundle(toSigstoreBundle(envelope));
    await files.write(bundlePathOf(path), bundle, { force: true, links: "refuse" });
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    reporter.emit({ type: "note", text: `${thrown.message}; ${path} is whole without it` });
  }
}
