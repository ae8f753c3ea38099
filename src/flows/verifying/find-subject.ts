import { dirname, join } from "node:path";
import { parseEnvelope } from "../../attest/dsse.ts";
import { REPAIR_RESULT_TYPE, REPAIR_UNDO_TYPE } from "../../attest/statement.ts";
import type { RepairError } from "../../core/errors.ts";
import { resultPathOf } from "../applying/result-path.ts";
import type { CliServices } from "../services.ts";
import { z } from "zod";

/** What a signed file claims, before anybody has checked its signature. */
export interface Claims {
  /** Which of the two kinds of file it is, which only says what its signature is checked for. */
  readonly predicateType: string;
  /** Name of the file it is about, without any directory. */
  readonly subjectName: string | undefined;
}

const ClaimsSchema = z.looseObject({
  predicateType: z.string().optional().catch(undefined),
  subject: z
    .array(z.looseObject({ name: z.string() }))
    .optional()
    .catch(undefined),
});

/** Never throws: what cannot be read is refused with its reason by the check of the signature. */
export function claimsOf(envelopeBytes: Uint8Array): Claims {
  try {
    const payload = Buffer.from(parseEnvelope(envelopeBytes).payload, "base64").toString("utf8");
    const { predicateType, subject } = ClaimsSchema.parse(JSON.parse(payload));
    return {
      predicateType: predicateType === REPAIR_UNDO_TYPE ? REPAIR_UNDO_TYPE : REPAIR_RESULT_TYPE,
      subjectName: subject?.[0]?.name.split(/[\\/]/).at(-1),
    };
  } catch (thrown) {
    if (thrown instanceof Error) return { predicateType: REPAIR_RESULT_TYPE, subjectName: undefined };
    throw thrown;
  }
}

/**
 * The file beside a signed one that it is about: by its name, then by what it says itself, which finds the
 * plan of a copy under another name. Never the signed file itself; undefined when nothing is there.
 */
export async function subjectBeside(
  path: string,
  { subjectName }: Claims,
  { files }: Pick<CliServices, "files">,
): Promise<string | undefined> {
  const name = path.split(/[\\/]/).at(-1) ?? path;
  const isName = subjectName !== undefined && /^(?!\.{1,2}$)\P{Cc}{1,255}$/u.test(subjectName);
  const said = isName ? [subjectName] : [];
  for (const candidate of [...namesBeside(name), ...said]) {
    const beside = join(dirname(path), candidate);
    if (candidate !== name && (await files.exists(beside))) return beside;
  }
  return undefined;
}

/** `x.plan.result.json`, also with a number, is about `x.plan.yaml`; an undo account is about a result. */
function namesBeside(name: string): readonly string[] {
  const undone = /^(.*)\.undo(?:\.\d+)?\.json$/.exec(name)?.[1];
  if (undone !== undefined) return [`${undone}.json`];
  const plan = /^(.*)\.result(?:\.\d+)?\.json$/.exec(name)?.[1];
  return plan === undefined ? [] : [`${plan}.yaml`, `${plan}.yml`];
}

/** Why a file has no signature that holds, also for people who give the plan when they look for its account. */
export function whyUnsigned(path: string, bytes: Uint8Array, { message }: RepairError): string {
  const beside = /^(.*)\.sigstore\.json$/.exec(path)?.[1];
  if (beside !== undefined) {
    return `this is the Sigstore bundle for cosign, which is not read here: give the file beside it, ${beside}.json`;
  }
  const isPlan = /^kind: *["']?RepairPlan["']?\s*$/m.test(Buffer.from(bytes).toString("utf8"));
  return isPlan
    ? `this is a plan, which nobody signs: give the result of its run, such as ${resultPathOf(path)}`
    : message;
}
