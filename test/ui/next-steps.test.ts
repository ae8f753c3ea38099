import { describe, expect, test } from "vitest";
import { classify } from "../../src/targets/local/classify.ts";
import { formatMarkdown } from "../../src/ui/format-markdown.ts";
import { formatPlan } from "../../src/ui/format-plan.ts";
import { markdownCode } from "../../src/ui/text/markdown-text.ts";
import { planOf, recorded, recordedNames } from "../plan/recorded-facts.ts";
import { plain80 } from "./sample-plans.ts";

function commandsIn(step: string): readonly string[] {
  return [...step.matchAll(/`([^`]+)`/g)].map(([, command = ""]) => command);
}

const typed =
  /\b(?:gh devlake|docker (?:compose|context|inspect|network|ps|run|stats|stop|version)|sudo|openssl|lsof|unset|git) |\b(?:ls|ss|rmdir) -/;

describe.each(recordedNames)("what a person should do: %s", (name) => {
  const { facts, target } = recorded(name);
  // What would be shown if no repair were safe, as when the policy forbids it.
  const nextSteps = classify(facts).flatMap((finding) => finding.nextSteps);
  const plans = [planOf({ facts, target }), { ...planOf({ facts, target }), nextSteps: [...nextSteps] }];

  test("a command is marked as one, so that it can be told from the sentence", () => {
    for (const step of nextSteps.filter((text) => !text.startsWith("do not run ")))
      expect(step.replaceAll(/`[^`]+`/g, "")).not.toMatch(typed);
  });

  test("no command is broken, at 80 columns and in a comment", () => {
    for (const plan of plans) {
      const lines = formatPlan(plan, plain80).split("\n");
      const markdown = formatMarkdown(plan, { path: "a.yaml", digest: "" });
      for (const command of plan.nextSteps.flatMap(commandsIn)) {
        expect(lines.filter((line) => line.includes(command))).not.toEqual([]);
        expect(markdown).toContain(markdownCode(command));
      }
    }
  });

  test("the command at the end of a sentence stands alone on its line", () => {
    for (const plan of plans) {
      const lines = formatPlan(plan, plain80).split("\n");
      for (const step of plan.nextSteps.filter((text) => text.endsWith("`")))
        expect(lines.map((line) => line.trim())).toContain(commandsIn(step).at(-1));
    }
  });
});
