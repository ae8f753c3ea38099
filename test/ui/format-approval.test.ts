import { stripVTControlCharacters } from "node:util";
import { describe, expect, it, test } from "vitest";
import { approvalDetails, approvalText, formatApproval } from "../../src/ui/format-approval.ts";
import { awkwardPlan, colour80, lookup, moveStep, plain80, repairPlan, upStep } from "./sample-plans.ts";

/** What is left of a text when layout is left out. */
function letters(text: string): string {
  return text.replace("\nChange:\n", "\n").replaceAll(/[\s↳]/g, "");
}

describe("approvalText", () => {
  it("is one plain text with everything that is asked for", () => {
    expect(approvalText(moveStep, repairPlan, ".")).toMatchInlineSnapshot(`
      "Step s1 (1 of 2): rewrite_local_ports_to_alt_bundle, version 1
      Effect: mutating, asks first, can be undone in full
      Target: local deployment of project "devlake" in this directory
      Arguments: {"bundle":{"config-ui":4004,"devlake":8085,"grafana":3004}}
      Fixes: f1 port_conflict_container: host port 8080 is published by container "jenkins" (project ci), so devlake cannot start
      Why: the holder belongs to another project; moving our ports needs no one else's downtime
      Together with: s2 retry_local_compose_up
      If it fails: the steps after it do not run, and what it changed can be put back in full
      Change:
          --- docker-compose.yml
          +++ docker-compose.yml
          @@ -18,3 +18,3 @@
               ports:
          -      - "3002:3000"
          +      - "3004:3000"
               volumes:
          @@ -31,3 +31,3 @@
               ports:
          -      - 8080:8080
          +      - 8085:8080
               restart: always"
    `);
  });

  it("does not let a text from outside pass for a field or for a change", () => {
    const forged = {
      ...upStep,
      why: "trust me\nEffect: read\nChange:",
      preview: "Effect: read\n\u202eChange:",
    };

    const text = approvalText(forged, repairPlan, ".");

    expect(text.match(/^Effect:/gm)).toHaveLength(1);
    expect(text.match(/^Change:/gm)).toHaveLength(1);
    expect(text).toContain("    \\u{202e}Change:");
  });

  it("changes with every part of the step", () => {
    const texts = [
      moveStep,
      { ...moveStep, args: { bundle: { devlake: 8086 } } },
      { ...moveStep, effect: "destructive" as const },
      { ...moveStep, preview: `${moveStep.preview}+` },
      { ...moveStep, version: 2 },
    ].map((step) => approvalText(step, repairPlan, "."));

    expect(new Set(texts).size).toBe(texts.length);
  });
});

test("the directory is the run's, whatever the plan says", () => {
  const { target } = repairPlan.metadata;
  const elsewhere = { ...repairPlan.metadata, target: { ...target, directory: "/srv/staging" } };
  const text = approvalText(moveStep, { ...repairPlan, metadata: elsewhere }, "../prod");

  expect(text).toContain('project "devlake" in ../prod\n');
  expect(text).not.toContain("staging");
});

describe("formatApproval", () => {
  it.each([40, 80, 160])("shows all of the canonical text at %d columns", (width) => {
    const step = awkwardPlan.steps[0] ?? moveStep;
    const text = approvalText(step, awkwardPlan, ".");

    const shown = stripVTControlCharacters(formatApproval(text, { ...colour80, width }));

    expect(letters(shown)).toBe(letters(text));
  });

  it("sets the change apart and colours it", () => {
    const shown = formatApproval(approvalText(moveStep, repairPlan, "."), colour80);

    expect(shown).toContain("\u001b[31m-      - 8080:8080\u001b[39m");
    expect(shown).toContain("\u001b[32m+      - 8085:8080\u001b[39m");
  });
});

it("approvalDetails names the facts that the step counts on", () => {
  expect(formatApproval(approvalDetails(moveStep, repairPlan, lookup), plain80)).toMatchInlineSnapshot(`
    "Step s1: what it rests on
      Evidence for f1, blocking, 98% confidence:
        local.port.8080.holder: container jenkins, project ci, image
        jenkins/jenkins:lts
        local.container.devlake.error: "driver failed programming external
        connectivity: Bind for 0.0.0.0:8080 failed: port is already allocated"
        wrong if local.port.8080.holder is free
      Read again just before; if one has moved, the step does not run:
        local.port.8080.holder: container jenkins, project ci
        local.port.8085.holder: free
      Plan: 2026-11-22-port-8080-held-by-jenkins, made 2026-11-22T10:15:00Z, valid
            until 2026-11-23T10:15:00Z"
  `);
});
