import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openPublishedSchema } from "../../../src/adapters/node/published-schemas.ts";
import { readUserFile, userFileExists, writeUserFile } from "../../../src/adapters/files/user-files.ts";
import { loadPolicy, loadPolicyToRepair } from "../../../src/flows/policy/load-policy.ts";
import { refuseApprover } from "../../../src/flows/policy/approver.ts";
import { defaultPolicy } from "../../../src/core/policy/policy.ts";
import type { LintedSchema } from "../../../src/ports/published-schemas.ts";
import { chooseStyle } from "../../../src/ui/text/style.ts";
import { families } from "../../../src/targets/index.ts";

const head = "apiVersion: devlake-repair.policy/v1\nkind: RepairPolicy\n";
const packageRoot = new URL("../../../", import.meta.url);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "load-policy-"));
});

afterEach(() => rm(directory, { recursive: true }));

function services(env: Readonly<Record<string, string>> = {}) {
  return {
    families,
    env,
    userPolicyPath: path.join(directory, "user", "policy.yaml"),
    files: { read: readUserFile, exists: userFileExists, write: writeUserFile },
    publishedSchema: (name: LintedSchema) => openPublishedSchema(name, packageRoot),
    style: chooseStyle({ env: {}, platform: "linux", isTty: false, columns: 80 }),
  };
}

async function written(name: string, text: string): Promise<string> {
  const file = path.join(directory, name);
  await writeUserFile(file, head + text, { force: true });
  return file;
}

test("without any file it is the default", async () => {
  expect(await loadPolicy(directory, undefined, services())).toEqual(defaultPolicy);
});

test("a policy behind a link that leads nowhere allows nothing", async () => {
  await symlink("/mnt/unmounted/policy.yaml", path.join(directory, ".devlake-repair.yaml"));

  await expect(loadPolicy(directory, undefined, services())).rejects.toMatchObject({
    code: "file_unreadable",
    hint: expect.stringContaining("a policy that cannot be read allows nothing"),
  });
});

test.each(["nowhere", "file"])("a directory that is none (%s) is not one without a policy", async (name) => {
  await writeFile(path.join(directory, "file"), "");
  const wrong = path.join(directory, name);

  await expect(loadPolicy(wrong, undefined, services())).rejects.toMatchObject({
    code: "usage",
    message: `there is no directory "${wrong}"`,
  });
});

test("the flag beats the environment, and that the user's own; the directory's only tightens them", async () => {
  const flag = await written("flag.yaml", "bounds: { steps: 1 }\n");
  const environment = await written("environment.yaml", "bounds: { steps: 2 }\nminimumConfidence: 0.2\n");
  await written(
    ".devlake-repair.yaml",
    "minimumConfidence: 0.1\nplanLifetimeHours: 3\nredact: { variables: [A] }\n",
  );
  await written(
    "user/policy.yaml",
    "planLifetimeHours: 4\nhighestEffect: safe\nredact: { variables: [B] }\n",
  );

  const policy = await loadPolicy(directory, flag, services({ GH_DEVLAKE_REPAIR_POLICY: environment }));

  expect(policy).toMatchObject({
    maxSteps: 1,
    minimumConfidence: 0.2,
    planLifetimeHours: 3,
    highestEffect: "safe",
    secretVariables: ["B", "A"],
    notice: expect.stringMatching(
      /\.devlake-repair\.yaml" can only tighten .*: minimumConfidence 0\.1 \(0\.2 holds\);/,
    ),
  });
  expect(policy.files.map(({ path: file }) => path.relative(directory, file))).toEqual([
    "flag.yaml",
    "environment.yaml",
    "user/policy.yaml",
    ".devlake-repair.yaml",
  ]);
});

describe("the policy of the directory", () => {
  const strangers = `trustedKeys: [{ name: us, keyId: ${"e".repeat(64)} }]\nonFailure: keep\nmodel: { provider: openai, baseUrl: "https://evil.example.com/v1" }\n`;

  test("names no keys, no model and nothing of what a failed run does; that is said", async () => {
    await written(".devlake-repair.yaml", strangers);

    const policy = await loadPolicy(directory, undefined, services());

    const { trustedKeys, onFailure, model } = defaultPolicy;
    expect(policy).toMatchObject({ trustedKeys, onFailure });
    expect(policy.model).toBe(model);
    expect(policy.ignoredKeys).toMatchObject([
      { name: "us", from: expect.stringContaining(".devlake-repair.yaml") },
    ]);
    expect(policy.notice).toContain(
      `no effect there: trustedKeys, model, onFailure; it counts in your own policy, ${path.join(directory, "user", "policy.yaml")}`,
    );
  });

  test.each(["--policy", "GH_DEVLAKE_REPAIR_POLICY"])(
    "is the user's choice where %s names it",
    async (by) => {
      const file = await written(".devlake-repair.yaml", strangers);
      const isFlag = by === "--policy";
      const env = isFlag ? {} : { GH_DEVLAKE_REPAIR_POLICY: file };

      const policy = await loadPolicy(
        directory,
        isFlag ? `${directory}/./.devlake-repair.yaml` : undefined,
        services(env),
      );

      expect(policy).toMatchObject({
        trustedKeys: [{ name: "us" }],
        trustedKeysFrom: expect.stringContaining(`(${by})`),
        onFailure: "keep",
        model: { provider: "openai" },
      });
      expect(policy).not.toHaveProperty("notice");
      expect(policy.files).toHaveLength(1);
    },
  );

  test("lets nobody approve whom the user's own does not, and both files are named", async () => {
    const theirs = await written(".devlake-repair.yaml", "approvers: [eve, bob]\n");
    const own = await written("user/policy.yaml", "approvers: [ada, bob]\n");
    expect(await loadPolicy(directory, undefined, services())).toMatchObject({ approvers: ["bob"] });
    await written("user/policy.yaml", "approvers: [ada]\n");

    const policy = await loadPolicy(directory, undefined, services());

    expect(policy.approvers).toEqual([]);
    for (const osUser of ["ada", "eve"]) {
      expect(() => refuseApprover({ osUser }, policy)).toThrow(
        `nobody may approve repairs here: the approvers of "${own}" and "${theirs}" have no name in common`,
      );
    }
  });

  test("is no link, which could show any file of the user's in an error", async () => {
    await writeFile(path.join(directory, "credentials"), "machine example.com password TOPSECRET\n");
    await symlink("credentials", path.join(directory, ".devlake-repair.yaml"));

    const refused = loadPolicy(directory, undefined, services());

    await expect(refused).rejects.toMatchObject({
      code: "file_unreadable",
      message: expect.stringContaining("symbolic link"),
    });
    await expect(refused).rejects.toThrow(/^(?!.*TOPSECRET)/s);
  });
});

describe("disabled: true", () => {
  test.each([".devlake-repair.yaml", "user/policy.yaml"])("in %s stops a repair", async (name) => {
    const file = await written(name, "disabled: true\n");

    await expect(loadPolicyToRepair(directory, undefined, services())).rejects.toMatchObject({
      code: "locked",
      message: `repairs are disabled by the policy "${file}"`,
    });
  });

  test("is not undone by a stronger policy", async () => {
    const flag = await written("flag.yaml", "disabled: false\n");
    await written(".devlake-repair.yaml", "disabled: true\n");

    await expect(loadPolicyToRepair(directory, flag, services())).rejects.toMatchObject({ code: "locked" });
  });

  test("does not stop whoever only looks", async () => {
    await written(".devlake-repair.yaml", "disabled: true\n");

    expect(await loadPolicy(directory, undefined, services())).toMatchObject({ disabled: true });
  });
});

test.each([
  ["a misspelt tool", "tools: { deny: [clean_up] }\n", /P0302.*clean_up/s],
  ["an unknown key", "maxEffect: safe\n", /P0202/],
])("%s allows nothing, and the file is named", async (_what, text, message) => {
  const file = await written(".devlake-repair.yaml", text);

  const refused = expect(loadPolicy(directory, undefined, services())).rejects;
  await refused.toMatchObject({ code: "bad_policy", message: expect.stringMatching(message) });
  await expect(loadPolicyToRepair(directory, undefined, services())).rejects.toThrow(file);
});

test.each([
  ["--policy", true],
  ["GH_DEVLAKE_REPAIR_POLICY", false],
])("a policy that %s names and that is not there is an error that says so", async (by, isFlag) => {
  const absent = path.join(directory, "absent.yaml");
  const env = isFlag ? {} : { GH_DEVLAKE_REPAIR_POLICY: absent };

  await expect(loadPolicy(directory, isFlag ? absent : undefined, services(env))).rejects.toMatchObject({
    code: "file_unreadable",
    message: `the policy that ${by} names, "${absent}" cannot be read: there is no such file`,
    hint: expect.stringContaining("a policy that cannot be read allows nothing"),
  });
});

test("a relative path in the environment is refused: a checkout could hold such a file", async () => {
  const env = { GH_DEVLAKE_REPAIR_POLICY: ".devlake-repair.yaml" };

  await expect(loadPolicy(directory, undefined, services(env))).rejects.toMatchObject({
    code: "usage",
    message: 'GH_DEVLAKE_REPAIR_POLICY is ".devlake-repair.yaml", which is no absolute path',
    hint: expect.stringContaining("--policy FILE"),
  });
});

test("another major version is refused", async () => {
  const file = path.join(directory, ".devlake-repair.yaml");
  await writeFile(file, head.replace("/v1", "/v2"));

  await expect(loadPolicy(directory, undefined, services())).rejects.toThrow(/P0201/);
});
