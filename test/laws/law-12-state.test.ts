import { randomUUID } from "node:crypto";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { deploymentDigest } from "../../src/core/records/deployment-id.ts";
import { parsePlanFile } from "../../src/plan/files/plan-file.ts";
import { temporaryState, type TemporaryState } from "../adapters/state/temporary-state.ts";
import { sitting, type SittingOptions } from "../cli/sitting.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { forgedEntries, forgedJournal } from "./planted-journal.ts";

const PLAN = "plans/x.plan.yaml";

let own: TemporaryState;
let checkout: string;
let world: FakeWorld;

beforeEach(async () => {
  own = await temporaryState();
  checkout = await mkdtemp(path.join(tmpdir(), "checkout-"));
  world = worlds.portConflictWorld();
  world.engineId = randomUUID();
});

afterEach(async () => {
  await own[Symbol.asyncDispose]();
  await rm(checkout, { recursive: true, force: true });
});

/** Somebody at the deployment, in this checkout or in another, with these files beside the plans. */
function person(options: Omit<SittingOptions, "state"> = {}) {
  return sitting(world, {}, { state: own.state, directory: checkout, ...options });
}

async function planned() {
  const { repair, saved } = person();
  await repair("--plan-only", "-o", PLAN);
  const text = saved.get(PLAN) ?? "";
  const parsed = parsePlanFile(text);
  if (parsed.kind !== "ok") throw new Error("no plan");
  world.trace.length = 0;
  return { text, plan: parsed.plan };
}

const withPlan = (text: string): Map<string, string> => new Map([[PLAN, text]]);

async function forged() {
  const { text, plan } = await planned();
  const { facts } = await world.eyes().inspect();
  return { text, plan, journal: forgedJournal(forgedEntries(plan, facts, text)) };
}

/** The run directory that this user's state has, or would have, for a plan. */
function runDirectory(planName: string): string {
  const digest = deploymentDigest({ engineId: world.engineId, project: world.project });
  return path.join(own.path, digest, planName);
}

describe("law 12: no run state in a checkout is believed", () => {
  test("a committed journal with a right hash chain forges no approval: there is nothing to resume, and it is said", async () => {
    const { text, plan, journal } = await forged();
    const planted = path.join(checkout, ".devlake/repair", plan.metadata.name);
    await mkdir(planted, { recursive: true });
    await writeFile(path.join(planted, "journal.ndjson"), journal);
    const before = world.snapshot();
    const { repair, events } = person({ saved: withPlan(text) });

    await expect(repair("--apply", PLAN, "--resume")).rejects.toMatchObject({
      code: "nothing_to_resume",
      message: expect.stringContaining("no run of it was begun here"),
    });

    expect(world.snapshot()).toBe(before);
    expect(world.writes()).toEqual([]);
    expect(events).toContainEqual({
      type: "note",
      text: expect.stringMatching(
        /^run state of an older version in \.devlake\/repair is not used: .*move it/,
      ),
    });
    // Nor does it stand in the way of the plan, which is asked for as ever.
    const asked = person({ saved: withPlan(text) });
    await asked.repair("--apply", PLAN);
    expect(asked.text()).toContain("✓ Repaired");
    expect(await readFile(path.join(planted, "journal.ndjson"))).toEqual(Buffer.from(journal));
  });

  test("nor is it where the user's own state is, without the user's seal", async () => {
    const { text, plan, journal } = await forged();
    await mkdir(runDirectory(plan.metadata.name), { recursive: true, mode: 0o700 });
    await writeFile(path.join(runDirectory(plan.metadata.name), "journal.ndjson"), journal);
    const { repair } = person({ saved: withPlan(text) });

    for (const more of [["--resume"], ["--resume", "--approve", "safe"], []]) {
      await expect(repair("--apply", PLAN, ...more)).rejects.toMatchObject({
        code: "file_unreadable",
        message: expect.stringContaining("is damaged at line 1: it bears no seal of yours"),
        hint: expect.stringContaining("move its directory away and make a new plan"),
      });
    }

    expect(world.writes()).toEqual([]);
  });

  test("a run writes nothing into the checkout but what its plan names", async () => {
    await writeFile(path.join(checkout, ".gitignore"), "*\n!*\n");

    await person().repair();

    expect(await readdir(checkout)).toEqual([".gitignore"]);
    expect(new Set(world.writes().map(({ what }) => what))).toEqual(
      new Set(["docker-compose.yml", "devlake grafana", "config-ui"]),
    );
  });
});

async function applied() {
  const { text } = await planned();
  const ann = person({ saved: withPlan(text) });
  await ann.repair("--apply", PLAN);
  expect(ann.text()).toContain("✓ Repaired");
  world.trace.length = 0;
  return { text, saved: ann.saved };
}

describe("law 12: a result beside a plan spends nothing on its own word", () => {
  const claims = {
    outcome: "repaired",
    journal: { path: "/planted", length: 1, head: `sha256:${"0".repeat(64)}` },
  };
  const payload = Buffer.from(JSON.stringify({ predicate: claims })).toString("base64");
  const sig = Buffer.alloc(64).toString("base64");
  const unsigned = { payloadType: "application/vnd.in-toto+json", payload, signatures: [{ sig }] };

  test("when nobody signed it", async () => {
    const { text } = await planned();
    const saved = withPlan(text).set("plans/x.plan.result.json", JSON.stringify(unsigned));
    const ann = person({ saved });

    await ann.repair("--apply", PLAN);

    expect(ann.text()).toContain("✓ Repaired");
    expect(ann.text()).not.toContain("/planted");
    expect([...saved.keys()]).toContain("plans/x.plan.result.2.json");
  });

  test("when it is the user's own of another plan", async () => {
    const { saved } = await applied();
    const other = saved.get("plans/x.plan.result.json") ?? "";
    world = worlds.portConflictWorld();
    world.engineId = randomUUID();
    const { text } = await planned();
    const ann = person({ saved: withPlan(text).set("plans/x.plan.result.json", other) });

    await ann.repair("--apply", PLAN);

    expect(ann.text()).toContain("✓ Repaired");
  });
});

describe("law 12: a spent plan is spent", () => {
  const spent = {
    code: "plan_spent",
    message: expect.stringMatching(
      /has already been applied, as the journal ~\/\.local\/state\/gh-devlake\/repair/,
    ),
    hint: expect.stringMatching(
      /a copy of its signed result is ~\/.*result-\d+\.json; if DevLake is broken again/,
    ),
  };

  test("whatever is deleted in the checkout", async () => {
    const { text } = await applied();
    await rm(checkout, { recursive: true });
    await mkdir(checkout);

    await expect(person({ saved: withPlan(text) }).repair("--apply", PLAN)).rejects.toMatchObject(spent);

    expect(world.writes()).toEqual([]);
  });

  test("in a copy of the checkout, under whatever name, and after another plan of its name", async () => {
    const { text } = await applied();
    const copy = `${checkout}-copy`;
    await cp(checkout, copy, { recursive: true });
    const renamed = new Map([["elsewhere/fresh.plan.yml", text]]);
    const there = person({ saved: renamed, directory: copy });

    await expect(there.repair("--apply", "elsewhere/fresh.plan.yml")).rejects.toMatchObject(spent);
    await expect(
      there.repair("--apply", "elsewhere/fresh.plan.yml", "--approve", "safe"),
    ).rejects.toMatchObject(spent);

    expect(world.writes()).toEqual([]);
    await rm(copy, { recursive: true });
  });

  test("while its result can be had again", async () => {
    const { text, saved } = await applied();
    const again = withPlan(text);

    await person({ saved: again }).repair("--apply", PLAN, "--resume");

    const result = "plans/x.plan.result.json";
    const claims = (of: Map<string, string>) => {
      const { payload } = JSON.parse(of.get(result) ?? "{}");
      const { outcome, journal } = JSON.parse(Buffer.from(payload, "base64").toString("utf8")).predicate;
      return { outcome, journal };
    };
    expect(claims(again)).toEqual(claims(saved));
    expect(world.writes()).toEqual([]);
  });
});

describe("law 12: two checkouts of one deployment are one deployment", () => {
  test("they exclude each other", async () => {
    const { text } = await planned();
    const clone = await mkdtemp(path.join(tmpdir(), "clone-"));
    let refused: unknown;
    const ann = person({
      saved: withPlan(text),
      ask: async () => {
        const ben = person({ saved: withPlan(text), directory: clone });
        refused ??= await ben.repair("--apply", PLAN, "--approve", "safe").catch((thrown: unknown) => thrown);
      },
    });

    await ann.repair("--apply", PLAN);

    expect(ann.text()).toContain("✓ Repaired");
    expect(refused).toMatchObject({
      code: "locked",
      message: expect.stringMatching(
        /another run works on this deployment: it says that it is ann on .*, pid \d+/,
      ),
    });
    await rm(clone, { recursive: true });
  });

  test("a run is resumed where it began, for its files are the ones that it changed", async () => {
    const { text, plan } = await planned();
    const ann = person({
      saved: withPlan(text),
      ask: async () => {
        // The journal takes no record any more, and the run ends without one.
        await rename(
          path.join(runDirectory(plan.metadata.name), "journal.ndjson"),
          path.join(own.home, "kept"),
        );
        throw new Error("gone");
      },
    });
    await ann.repair("--apply", PLAN).catch(() => undefined);
    const [begun = ""] = (await readFile(path.join(own.home, "kept"), "utf8")).split("\n");
    await writeFile(path.join(runDirectory(plan.metadata.name), "journal.ndjson"), `${begun}\n`);
    const clone = await mkdtemp(path.join(tmpdir(), "clone-"));

    const there = person({ saved: withPlan(text), directory: clone });
    await expect(there.repair("--apply", PLAN, "--resume")).rejects.toMatchObject({
      code: "wrong_target",
      hint: expect.stringContaining(`--dir ${checkout}`),
    });
    const here = person({ saved: withPlan(text) });
    await here.repair("--apply", PLAN, "--resume");

    expect(here.text()).toContain("✓ Repaired");
    await rm(clone, { recursive: true });
  });
});
