import { defineConfig } from "vitest/config";

/**
 * Three projects: `unit` needs nothing but Node; `engine` needs a Docker Engine with Compose and runs
 * the built launcher, one file at a time, because DevLake's ports are fixed. `postgres` needs an image that
 * the long run alone has (scripts/scenarios-all.sh).
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/scenarios/**", "test/stack/**", "test/e2e/**", "test/postgres/**"],
          // Most take milliseconds; the longest wait while the tests on an engine have the processor.
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "engine",
          include: ["test/scenarios/**/*.test.ts", "test/stack/**/*.test.ts", "test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
      {
        test: {
          name: "postgres",
          include: ["test/postgres/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
