import { globSync } from "node:fs";

/** One Docker with one database, and the test files that run on it. */
export interface Leg {
  readonly name: string;
  /** What stands before the command; empty for the machine's own engine. */
  readonly enter: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Of vitest. */
  readonly project: "engine" | "postgres";
  readonly files: readonly string[];
}

const beside = "scripts/other-docker.sh";
const scenarios = filesOf("test/scenarios/**/*.test.ts");
/** What says how the image stores are copied, and that a deployment comes up and is read. */
const ofTheStore = [
  "test/stack/stack.test.ts",
  "test/e2e/docker-engine.test.ts",
  "test/scenarios/healthy.test.ts",
  "test/scenarios/half-created.test.ts",
];
const onAnEngine = [...scenarios, ...filesOf("test/stack/**/*.test.ts"), ...filesOf("test/e2e/**/*.test.ts")];
/** They install packages, and no registry can be reached from beside the machine's engine. */
const withRegistry = ["test/e2e/launcher.test.ts"];

/** In the order in which they run. */
export const legs: readonly Leg[] = [
  { name: "own Docker, MariaDB", enter: [], env: {}, project: "engine", files: onAnEngine },
  {
    name: "testing's Docker, MariaDB",
    enter: [beside, "run", "testing"],
    env: {},
    project: "engine",
    files: onAnEngine.filter((file) => !withRegistry.includes(file)),
  },
  {
    name: "testing's Docker, containerd's image store",
    enter: [beside, "run", "testing"],
    env: { OTHER_DOCKER_STORE: "containerd" },
    project: "engine",
    files: ofTheStore,
  },
  {
    name: "own Docker, real MySQL",
    enter: [beside, "run", "own"],
    env: { STACK_MYSQL: "gh-devlake-stack/mysql" },
    project: "engine",
    files: scenarios,
  },
  {
    name: "own Docker, PostgreSQL",
    enter: [beside, "run", "own"],
    env: { STACK_POSTGRES: "gh-devlake-stack/postgres" },
    project: "postgres",
    files: filesOf("test/postgres/**/*.test.ts"),
  },
];

function filesOf(pattern: string): readonly string[] {
  return globSync(pattern).toSorted();
}
