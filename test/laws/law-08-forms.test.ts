import { describe, expect, it } from "vitest";
import { classify } from "../../src/targets/local/classify.ts";
import { userPrompt } from "../../src/plan/planners/copilot-prompt.ts";
import { readTools } from "../../src/plan/planners/copilot-tools.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { formatMarkdown } from "../../src/ui/format-markdown.ts";
import { formatPlan } from "../../src/ui/format-plan.ts";
import { runPlan } from "../../src/apply/run.ts";
import { stoppedWorld } from "../fakes/broken-worlds.ts";
import { planFor, runRequest } from "../fakes/fake-run.ts";
import { refusal, type FakeWorld } from "../fakes/fake-world.ts";
import { answers, throwsBefore } from "../fakes/faults.ts";
import { RecordingJournal } from "../fakes/recording-journal.ts";
import { plain80 } from "../ui/sample-plans.ts";
import { plantings } from "./secret-forms.ts";
import { localFamily } from "../../src/targets/local/family.ts";

/** Nothing about it says that it is a secret. */
const canary = "Kanari7vogel_im_Schacht";

/** As logs and errors have it. */
function encodings(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  return [
    secret,
    base64.replaceAll("=", ""),
    Buffer.from(`user:${secret}`).toString("base64"),
    Buffer.from(secret).toString("hex"),
    JSON.stringify(`"${secret}"`).slice(1, -1),
    encodeURIComponent(secret),
  ];
}

/** Whole, and what a longer text in base64 shows of it. */
const tellTales = [...encodings(canary), Buffer.from(`user:${canary}`).toString("base64").slice(12, 28)];

function leaks(output: string): readonly string[] {
  return tellTales.filter((form) => output.toLowerCase().includes(form.toLowerCase()));
}

function planted(where: string): FakeWorld {
  const world = stoppedWorld();
  plantings[where]?.(world, canary);
  // A planted file may be one that Compose refuses, and quotes.
  for (const container of world.engine.containers.values())
    world.engine.containers.set(container.id, {
      ...container,
      error: `cannot start: ${canary}`,
      logs: encodings(canary).map((form) => `level=error msg="no way with ${form} here"`),
    });
  return world;
}

it("there are at least 60 forms", () => {
  expect(Object.keys(plantings).length).toBeGreaterThanOrEqual(60);
});

describe.each(Object.keys(plantings))("law 8: a secret is in no output: %s", (where) => {
  it("facts, findings, plan, comment and prompt", async () => {
    const world = planted(where);

    const { facts, redact } = await world.eyes().inspect();
    const { plan } = await planFor(world);
    const findings = classify(facts);
    const [readOne] = readTools(localFamily, facts, redact);
    const shown = await Promise.all([...facts.keys()].map(async (id) => readOne?.call({ id })));
    const told = userPrompt(localFamily, facts, findings, redact) + JSON.stringify(shown);

    for (const [id, entry] of facts)
      expect({ id, leaks: leaks(id + JSON.stringify(entry)) }).toEqual({ id, leaks: [] });
    expect(leaks(JSON.stringify(findings))).toEqual([]);
    expect(leaks(writePlanFile(plan))).toEqual([]);
    expect(leaks(formatPlan(plan, plain80))).toEqual([]);
    expect(leaks(formatMarkdown(plan, { digest: "sha256:0", path: "x.yaml" }))).toEqual([]);
    expect(leaks(told)).toEqual([]);
  });

  it("journal, events, questions and result of a run that fails", async () => {
    const world = planted(where);
    const { plan } = await planFor(world);
    const failed = { kind: "failed", exitCode: 1, stderr: `cannot: ${encodings(canary).join(" | ")}\n` };
    world.faults.add(
      answers("compose.createMissing", failed, "none"),
      answers("compose.recreate", failed, "none"),
      throwsBefore("docker.startContainer", refusal(failed.stderr)),
    );
    const journal = new RecordingJournal(world);
    const recorded = { events: [], asked: [] };

    const account = await runPlan(runRequest(world, plan, journal, recorded)).catch((thrown: unknown) =>
      String(thrown),
    );

    expect(leaks(JSON.stringify([journal.entries, recorded, account]))).toEqual([]);
  });
});
