import { defineConfig } from "rolldown";

/**
 * One start-up loads some ten files instead of five hundred: a third of the time to the first line. Not
 * minified, so that a stack trace of a user can be read; types are checked by `npm run typecheck`, not here.
 */
export default defineConfig({
  input: "src/main.ts",
  platform: "node",
  // Left where npm put it, since it finds its runtime (a program of 100 MB) by its own place; loaded by
  // whoever converses with a model, and absent when optional packages were left out.
  external: ["@github/copilot-sdk"],
  output: { dir: "dist", format: "esm", cleanDir: true },
});
