import { createRequire } from "node:module";
import { arch, platform } from "node:os";
import type * as Sdk from "@github/copilot-sdk";
import { errorText } from "../../core/errors.ts";

const PACKAGE = "@github/copilot-sdk";

/** What makes a missing SDK present; npm leaves optional packages out when it is told to. */
export const ADD_SDK = "run `npm install --include=optional` in the directory of the extension";

/** Only the types are free: the package and its runtime weigh 120 MB and are loaded by whoever converses. */
export type CopilotSdk = typeof Sdk;

export type LoadedSdk =
  | { readonly kind: "loaded"; readonly sdk: CopilotSdk }
  | { readonly kind: "absent"; readonly reason: string };

/** Whether the SDK is installed, told by its path alone. */
export function isSdkInstalled(): boolean {
  try {
    createRequire(import.meta.url).resolve(PACKAGE);
    return true;
  } catch {
    // The only way in which Node says that a package is not there.
    return false;
  }
}

/** `darwin-arm64`: the system as the SDK's packages name it. */
export const system = `${platform()}-${arch()}`;

/** Whether an empty package stands for the SDK's runtime: its bytes have no digest in our lockfile. */
export function isRuntimeLeftOut(of = system): boolean {
  try {
    const manifest: unknown = createRequire(import.meta.url)(`${PACKAGE}-${of}/package.json`);
    return Object(manifest).name === "empty-npm-package";
  } catch {
    // Not there at all: npm installs the package of its own system only.
    return false;
  }
}

/** Loads the SDK, some 140 ms. */
export async function loadSdk(): Promise<LoadedSdk> {
  if (!isSdkInstalled()) {
    return { kind: "absent", reason: `${PACKAGE} is not installed: ${ADD_SDK}` };
  }
  try {
    return { kind: "loaded", sdk: await import("@github/copilot-sdk") };
  } catch (thrown) {
    return { kind: "absent", reason: `${PACKAGE} cannot be loaded (${errorText(thrown)}): ${ADD_SDK}` };
  }
}
