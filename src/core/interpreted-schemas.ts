import { config } from "zod";

/**
 * To be loaded before any schema is made. zod compiles a schema to code at its first use, which pays from some
 * hundred uses on; a command uses most of them once (35 ms of 460 of a `--plan-only`, measured on Node 24).
 */
config({ jitless: true });
