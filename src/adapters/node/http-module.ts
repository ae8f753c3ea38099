import type Http from "node:http";
import { createRequire } from "node:module";

/**
 * `node:http`, without an `import`: that reads every export, and the one named `WebSocket` loads undici, which
 * nothing here needs (40 ms of start-up, measured on Node 24).
 */
export const { Agent, request } = createRequire(import.meta.url)("node:http") as typeof Http;
