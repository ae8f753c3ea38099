/** How a call to the Engine can fail with the certainty that nothing was done: the Engine said no. */
const refusals: ReadonlySet<unknown> = new Set(["not_found", "conflict", "refused", "permission_denied"]);

/** The Engine's own words, where it refused a call; undefined after any other error: nobody knows what was done then. */
export function engineRefusal(thrown: unknown): string | undefined {
  if (!(thrown instanceof Error) || !("failure" in thrown) || !refusals.has(thrown.failure)) return undefined;
  return "said" in thrown && typeof thrown.said === "string" && thrown.said !== ""
    ? thrown.said
    : thrown.message;
}
