import { mkdir, readdir, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { repositoryRoot, temporaryDirectory, userEnvironment } from "./checkout.ts";

let temporary: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;
let number = 0;

/** The built program, where nobody finds an engine: every refusal here comes before one is needed. */
async function repair(...args: readonly string[]) {
  const { exitCode, stdout, stderr } = await execa(
    process.execPath,
    [join(repositoryRoot, "dist/main.js"), "repair", ...args],
    {
      cwd: directory,
      reject: false,
      stdin: "ignore",
      extendEnv: false,
      env: userEnvironment({ HOME: temporary.path, DOCKER_HOST: "unix:///nowhere/docker.sock" }),
    },
  );
  return { exitCode, stdout, stderr };
}

const squeezed = (text: string): string => text.replaceAll(/\s+/g, " ");

/** Exit 9, nothing on stdout, what is wrong by its name, the way out, and no stack trace. */
async function expectRefused(args: readonly string[], message: string, wayOut: string): Promise<void> {
  const before = await readdir(directory);

  const { exitCode, stdout, stderr } = await repair(...args);

  expect({ exitCode, stdout }, stderr).toEqual({ exitCode: 9, stdout: "" });
  expect(squeezed(stderr)).toContain(squeezed(`error: ${message}`));
  expect(squeezed(stderr)).toContain(wayOut);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(await readdir(directory)).toEqual(before);
}

const putFacts = (text: string) => writeFile(join(directory, "facts.json"), text);
const putPlan = (text: string) => writeFile(join(directory, "x.plan.yaml"), text);

beforeAll(async () => {
  temporary = await temporaryDirectory();
});
beforeEach(async () => {
  directory = join(temporary.path, String(++number));
  await mkdir(directory);
});
afterAll(() => temporary[Symbol.asyncDispose]());

describe("the command line", () => {
  test("an unknown flag is not taken for a wish to repair", async () => {
    await expectRefused(["--plan-onyl"], 'unknown flag "--plan-onyl"', "did you mean --plan-only?");
  });

  test("an extra word, for the command and for its sub commands", async () => {
    await expectRefused(["verfy", "x.json"], 'unknown command "verfy"', "did you mean verify?");
    await expectRefused(["verify", "a.json", "b.json"], 'unexpected word "b.json"', "--help");
  });

  test("flags that contradict each other, and a time that is none", async () => {
    await expectRefused(
      ["--plan-only", "--apply", "x.yaml"],
      "--plan-only does not go with --apply",
      "--help",
    );
    await writeFile(join(directory, "docker-compose.yml"), "services: {}\n");
    await expectRefused(["--facts", "x.json"], "--facts needs --plan-only", "--plan-only --facts FILE");
  });
});

describe("a facts file", () => {
  const plan = ["--plan-only", "--facts", "facts.json"] as const;
  const unreadable = '"facts.json" cannot be read: ';

  test("that is not there, or is a directory", async () => {
    await expectRefused(plan, `${unreadable}there is no such file`, "check the name");
    await mkdir(join(directory, "facts.json"));
    await expectRefused(plan, `${unreadable}it is a directory`, "check the name");
  });

  test("that is larger than any bundle", async () => {
    await putFacts("");
    await truncate(join(directory, "facts.json"), 8 * 1024 * 1024 + 1);
    await expectRefused(
      plan,
      `${unreadable}it has 8388609 bytes, more than the 8388608 that are read`,
      "no file of this kind is so large",
    );
  });

  test("that is cut off, is no bundle, or is one of another version", async () => {
    const wayOut = "gh devlake repair inspect -o bundle.json";
    await putFacts('{"apiVersion": "devlake-repair.facts/v1", "fac');
    await expectRefused(plan, 'the facts file "facts.json" is not valid JSON in UTF-8: ', wayOut);
    await putFacts("[1, 2]");
    await expectRefused(plan, 'the facts file "facts.json" is not a facts bundle:', wayOut);
    await putFacts('{"apiVersion": "devlake-repair.facts/v9", "kind": "FactsBundle"}');
    await expectRefused(
      plan,
      'the facts file "facts.json" has version "devlake-repair.facts/v9", this program reads devlake-repair.facts/v1',
      wayOut,
    );
  });
});

describe("a plan file", () => {
  const refused = 'the plan "x.plan.yaml" is refused; nothing was changed';

  test("that is not there", async () => {
    await expectRefused(
      ["--apply", "x.plan.yaml"],
      '"x.plan.yaml" cannot be read: there is no such file',
      "check the name",
    );
  });

  test("of another version says which one it reads, and where it stands", async () => {
    await putPlan("# a plan of the future\napiVersion: devlake-repair/v2\nkind: RepairPlan\n");
    await expectRefused(["--apply", "x.plan.yaml"], refused, "make a new plan");
    const { stderr } = await repair("--apply", "x.plan.yaml");
    expect(squeezed(stderr)).toContain(
      'the plan has version "devlake-repair/v2", this program reads devlake-repair/v1',
    );
    expect(stderr).toContain("x.plan.yaml:2:13");
  });

  test("that is not YAML, or YAML with tricks", async () => {
    await putPlan("apiVersion: [\n");
    await expectRefused(["--apply", "x.plan.yaml"], refused, "make a new plan");
    await putPlan("a: &a [1]\nb: *a\n");
    await expectRefused(
      ["--apply", "x.plan.yaml"],
      refused,
      "aliases are not allowed here --> x.plan.yaml:2:4",
    );
  });

  test("that is far too large", async () => {
    await putPlan("");
    await truncate(join(directory, "x.plan.yaml"), 1024 * 1024 * 1024);
    await expectRefused(
      ["--apply", "x.plan.yaml"],
      '"x.plan.yaml" cannot be read: it has',
      "no file of this kind is so large",
    );
  });
});

describe("a deployment's directory", () => {
  test("without a Compose file", async () => {
    await expectRefused(["--plan-only"], `no Compose file in ${directory}`, "--dir DIRECTORY");
  });

  test("that is not there, or is a file", async () => {
    await expectRefused(["--plan-only", "--dir", "nope"], 'there is no directory "nope"', "--dir DIRECTORY");
    await writeFile(join(directory, "file"), "");
    await expectRefused(["--plan-only", "--dir", "file"], 'there is no directory "file"', "--dir DIRECTORY");
  });
});

test("a stack trace only with --verbose", async () => {
  expect((await repair("--apply", "nope.yaml")).stderr).not.toMatch(/^\s+at /m);
  expect((await repair("--apply", "nope.yaml", "--verbose")).stderr).toMatch(/^\s+at /m);
});
