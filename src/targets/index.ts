import type { TargetFamily } from "./family.ts";
import { localFamily } from "./local/family.ts";

/** The kinds of targets that there are; nothing else lists them. */
export const families: readonly TargetFamily[] = [localFamily];

/** What is looked at where nobody has named a kind of target. */
export const usualFamily = localFamily;
