import { expect, test } from "vitest";
import { digestBytes } from "../../../src/core/text/digest.ts";
import { RepairError } from "../../../src/core/errors.ts";
import { savePlan } from "../../../src/flows/planning/save-plan.ts";
import type { CliServices } from "../../../src/flows/services.ts";
import type { Plan } from "../../../src/core/plan.ts";
import { parsePlanFile } from "../../../src/plan/files/plan-file.ts";
import { planOf, recorded } from "../../plan/recorded-facts.ts";

const plan = planOf(recorded("all-stopped"));
const { name } = plan.metadata;

/** Only files, in memory. */
function services(files: Map<string, string>): CliServices {
  const write: CliServices["files"]["write"] = async (path, text, { force }) => {
    if (files.has(path) && !force) throw new RepairError("file_exists", `"${path}" exists already`);
    files.set(path, text);
  };
  return { files: { write, exists: async (path: string) => files.has(path) } } as unknown as CliServices;
}

test("goes into plans/ under its own name, and reads back", async () => {
  const files = new Map<string, string>();

  const saved = await savePlan(plan, { output: undefined, force: false }, services(files));

  expect(saved.path).toBe(`plans/${name}.plan.yaml`);
  const text = files.get(saved.path) ?? "";
  expect(saved.digest).toBe(digestBytes(text));
  expect(parsePlanFile(text)).toMatchObject({ kind: "ok", plan });
});

test("takes the next number when the name is taken, in the file as well", async () => {
  const files = new Map([[`plans/${name}.plan.yaml`, "old"]]);

  const saved = await savePlan(plan, { output: undefined, force: false }, services(files));

  expect(saved.path).toBe(`plans/${name}-2.plan.yaml`);
  expect(saved.plan.metadata.name).toBe(`${name}-2`);
  expect(files.get(`plans/${name}.plan.yaml`)).toBe("old");
});

test("overwrites only when forced", async () => {
  const files = new Map([["x.yaml", "old"]]);

  await expect(savePlan(plan, { output: "x.yaml", force: false }, services(files))).rejects.toMatchObject({
    code: "file_exists",
  });
  expect(files.get("x.yaml")).toBe("old");
  await savePlan(plan, { output: "x.yaml", force: true }, services(files));
  expect(files.get("x.yaml")).toContain("RepairPlan");
});

test("gives up after a hundred of one name", async () => {
  const taken = { files: { exists: async () => true } } as unknown as CliServices;

  await expect(savePlan(plan, { output: undefined, force: false }, taken)).rejects.toMatchObject({
    code: "file_exists",
    hint: expect.stringContaining("-o FILE"),
  });
});

test("leaves out recorded facts with which nobody would read it", async () => {
  const files = new Map<string, string>();
  const facts = Object.fromEntries(
    Array.from({ length: 5_000 }, (_, port) => [`local.port.${port}.holder`, { value: { kind: "free" } }]),
  );
  const crowded = { ...plan, facts: facts as unknown as Plan["facts"] };

  await savePlan(crowded, { output: "x.yaml", force: false }, services(files));

  expect(parsePlanFile(files.get("x.yaml") ?? "")).toEqual(
    expect.objectContaining({ kind: "ok", plan: { ...plan, facts: undefined } }),
  );
});

test.each([
  ["bytes", plan.steps.map((step) => ({ ...step, preview: "+ more\n".repeat(12_000) }))],
  [
    "tokens",
    plan.steps.map((step) => ({
      ...step,
      expects: Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`f.${n}`, n])),
    })),
  ],
])("writes no plan that has too many %s to be read again", async (_what, steps) => {
  const files = new Map<string, string>();

  await expect(
    savePlan({ ...plan, steps }, { output: undefined, force: false }, services(files)),
  ).rejects.toMatchObject({
    code: "bad_plan",
    message: expect.stringContaining("this plan cannot be kept as a file that --apply would read: "),
    hint: expect.stringContaining("by hand"),
  });
  expect(files.size).toBe(0);
});
