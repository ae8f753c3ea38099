import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { deploymentDigest, type PlannedPlace } from "../../core/records/deployment-id.ts";
import { digestPattern } from "../../core/text/digest.ts";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";
import { canonicalJson } from "../../core/text/json.ts";
import type { MaskedSetting, MaskedValue, Reviewed } from "../../core/reviewed-values.ts";
import { readStrictJson } from "../../core/text/strict-json.ts";

/** Below a deployment's directory; no plan can have such a name. */
export const REVIEWED_DIRECTORY = "reviewed_values";
const MOST_BYTES = 1024 * 1024;
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const KeptSchema = z.strictObject({
  values: z.array(z.strictObject({ service: z.string(), setting: z.string(), digest: z.string() })),
});

/** Writes what tells later whether the values are the same: digests with the user's key, each good for its place alone. */
export async function writeReviewed(
  directory: string,
  place: PlannedPlace,
  values: readonly MaskedValue[],
  key: Uint8Array,
): Promise<void> {
  const kept = values.map(({ service, setting, value }) => ({
    service,
    setting,
    digest: keyedDigest(key, place, { service, setting }, value),
  }));
  const file = fileOf(directory, place);
  const temporary = `${file}.${randomBytes(8).toString("hex")}.tmp`;
  try {
    {
      await using handle = await open(temporary, "wx", 0o600);
      await handle.writeFile(`${JSON.stringify({ values: kept }, undefined, 2)}\n`);
    }
    await rename(temporary, file);
  } catch (cause) {
    throw new RepairError("file_unwritable", `"${file}" cannot be written: ${errorText(cause)}`, {
      hint: "make its directory writable for you, on a disk with room",
      cause,
    });
  } finally {
    await rm(temporary, { force: true });
  }
}

/** What is not there, or cannot be read as what was written, was not kept. */
export async function readReviewed(
  directory: string,
  place: PlannedPlace,
  key: Uint8Array,
): Promise<Reviewed> {
  const text = await readKept(fileOf(directory, place));
  const reading = text === undefined ? undefined : readStrictJson(text);
  const kept = reading?.kind === "ok" ? KeptSchema.safeParse(reading.value).data : undefined;
  return (masked, value) => {
    const one = kept?.values.find(
      ({ service, setting }) => service === masked.service && setting === masked.setting,
    );
    if (one === undefined) return "not_kept";
    const [was, is] = [Buffer.from(one.digest), Buffer.from(keyedDigest(key, place, masked, value))];
    return was.length === is.length && timingSafeEqual(was, is) ? "same" : "differs";
  };
}

async function readKept(file: string): Promise<Buffer | undefined> {
  try {
    await using handle = await open(file, FLAGS);
    const entry = await handle.stat();
    return entry.isFile() && entry.size <= MOST_BYTES ? await handle.readFile() : undefined;
  } catch (cause) {
    if (errnoCode(cause) === "ENOENT") return undefined;
    throw new RepairError("file_unreadable", `"${file}" cannot be read: ${errorText(cause)}`, {
      hint: "it holds what tells whether masked values have changed since the plan was made; without it they count as not compared",
      cause,
    });
  }
}

function fileOf(directory: string, { planDigest }: PlannedPlace): string {
  if (!digestPattern.test(planDigest))
    throw new RepairError("internal", `"${planDigest}" is no digest of a plan`);
  return path.join(directory, `${planDigest.slice("sha256:".length)}.json`);
}

/** The deployment, the plan and the setting are in it: a digest says nothing about any other place. */
function keyedDigest(
  key: Uint8Array,
  { deployment, planDigest }: PlannedPlace,
  { service, setting }: MaskedSetting,
  value: string,
): string {
  const text = canonicalJson([
    "gh-devlake repair reviewed value",
    deploymentDigest(deployment),
    planDigest,
    service,
    setting,
    value,
  ]);
  return `hmac-sha256:${createHmac("sha256", key).update(text).digest("hex")}`;
}
