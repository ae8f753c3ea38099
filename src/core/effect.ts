import { z } from "zod";

/**
 * What a tool may do to the world. `read`: nothing. `safe`: idempotent by implementation.
 * `mutating`: needs approval. `destructive`: cannot be undone and needs approval by name.
 */
export const EffectSchema = z.enum(["read", "safe", "mutating", "destructive"]);
export type Effect = z.infer<typeof EffectSchema>;

export function needsApproval(effect: Effect): boolean {
  return effect === "mutating" || effect === "destructive";
}

/** How far a step can be taken back. */
export const ReversibleSchema = z.enum(["full", "none", "not-needed"]);
export type Reversible = z.infer<typeof ReversibleSchema>;
