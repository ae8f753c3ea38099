import { z } from "zod";

/**
 * What a tool may do to the world. `read`: nothing. `safe`: idempotent by implementation.
 * `mutating`: needs approval. `destructive`: cannot be undone and needs approval by name. In the order in
 * which they matter more: policies and the costs of plans go by it.
 */
export const EffectSchema = z
  .enum(["read", "safe", "mutating", "destructive"])
  .describe(
    "what the step may do, which the catalog says: `read` nothing; `safe` only what can be repeated without harm; `mutating` needs approval; `destructive` cannot be undone and needs approval by name",
  );
export type Effect = z.infer<typeof EffectSchema>;

/** Places of effects: the higher, the more a step may do. */
export function effectRank(effect: Effect): number {
  return EffectSchema.options.indexOf(effect);
}

export function needsApproval(effect: Effect): boolean {
  return effect === "mutating" || effect === "destructive";
}

/** How far a step can be taken back. */
export const ReversibleSchema = z
  .enum(["full", "none", "not-needed"])
  .describe(
    "how far the step can be taken back: `full`, `none`, or `not-needed` because what it leaves does no harm",
  );
export type Reversible = z.infer<typeof ReversibleSchema>;
