import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openPublishedSchema } from "../../../src/adapters/node/published-schemas.ts";
import { readUserFile, userFileExists, writeUserFile } from "../../../src/adapters/files/user-files.ts";
import { judgeSigner } from "../../../src/attest/trust.ts";
import { howToTrust, policyKeysOf } from "../../../src/flows/verifying/introduce-signer.ts";
import { loadPolicy } from "../../../src/flows/policy/load-policy.ts";
import { plain80 } from "../../ui/sample-plans.ts";
import { memorySigner } from "../../attest/signers.ts";
import { families } from "../../../src/targets/index.ts";

const colleague = memorySigner().publicKey;
const head = "apiVersion: devlake-repair.policy/v1\nkind: RepairPolicy\n";
const another = `  - name: another\n    keyId: "${"0".repeat(64)}"\n`;
let directory: string;
let own: string;

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), "introduce-signer-"));
  own = path.join(directory, "own", "policy.yaml");
  await mkdir(path.dirname(own));
});

afterEach(() => rm(directory, { recursive: true }));

function services() {
  return {
    families,
    env: {},
    userPolicyPath: own,
    files: { read: readUserFile, exists: userFileExists, write: writeUserFile },
    publishedSchema: (name: "repair-policy.v1" | "repair-plan.v1") =>
      openPublishedSchema(name, new URL("../../../", import.meta.url)),
    style: plain80,
  };
}

const asked = { file: "my plans/x.plan.result.json", subject: undefined, dir: undefined };

test.each([
  ["there is none", undefined],
  ["it says nothing of keys", `${head}highestEffect: safe\n`],
  ["it trusts somebody", `${head}trustedKeys:\n${another}`],
])("the lines make the signer known when they are added to one's own policy, and %s", async (_what, text) => {
  if (text !== undefined) await writeFile(own, text);
  const before = await loadPolicy(directory, undefined, services());
  expect(judgeSigner(colleague, [], policyKeysOf(before)).status).toBe("unknown");

  const { policyFile, isNewFile, entry } = await howToTrust(
    colleague.keyId,
    { ...asked, policy: before },
    services(),
  );
  expect({ policyFile, isNewFile }).toEqual({ policyFile: own, isNewFile: text === undefined });
  await writeFile(policyFile, `${text ?? ""}${entry}\n`);

  const after = await loadPolicy(directory, undefined, services());
  expect(judgeSigner(colleague, [], policyKeysOf(after))).toMatchObject({ status: "trusted", from: own });
  expect((await readFile(own, "utf8")).split("\n").every((line) => line.length <= 80)).toBe(true);
});

test("they belong into the policy that decides, whichever that is", async () => {
  const team = path.join(directory, "team.yaml");
  await writeFile(team, `${head}trustedKeys:\n${another}`);
  const policy = await loadPolicy(directory, team, services());

  const { policyFile, entry } = await howToTrust(colleague.keyId, { ...asked, policy }, services());

  expect(policyFile).toBe(`${team} (--policy)`);
  expect(entry).toMatch(/^ {2}- name:/);
});

test("the command names the file, its plan and directory as they were given", async () => {
  const policy = await loadPolicy(directory, undefined, services());
  const given = { file: "a.json", subject: "b c.yaml", dir: "lake", policy };

  expect((await howToTrust(colleague.keyId, given, services())).command).toBe(
    'gh devlake repair verify --key FILE a.json --plan "b c.yaml" --dir lake',
  );
});
