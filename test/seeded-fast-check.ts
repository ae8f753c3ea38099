import { configureGlobal } from "fast-check";

/**
 * All property tests try the same examples each time, so that a commit is as green tomorrow as today; `npm run fuzz`
 * looks for new ones. A failure prints the seed that finds it again: `FUZZ_SEED=123 npm test`.
 */
configureGlobal({ seed: Number(process.env["FUZZ_SEED"] ?? 20_261_122) });

export * from "fast-check";
