import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { formatFindings, primaryFinding } from "../../src/ui/format-findings.ts";
import { formatPlan } from "../../src/ui/format-plan.ts";
import { formatSteps } from "../../src/ui/format-steps.ts";
import { displayWidth } from "../../src/ui/text/text-width.ts";
import {
  ascii80,
  awkwardPlan,
  colour80,
  escalatedPlan,
  healthyPlan,
  jenkins,
  lookup,
  moveStep,
  plain80,
  repairPlan,
  upStep,
} from "./sample-plans.ts";

const path = "plans/port.plan.yaml";

describe("formatPlan", () => {
  it("says cause, evidence, change and next command, in this order", () => {
    const plan = { ...repairPlan, steps: [upStep] };

    expect(formatPlan(plan, plain80, { lookup, path })).toMatchInlineSnapshot(`
      "✗ Repairable: host port 8080 is published by container "jenkins" (project ci),
        so devlake cannot start
        2 steps, 1 needs your approval, nothing irreversible, downtime about 20 s
        plan plans/port.plan.yaml
        valid until 2026-11-23 10:15 UTC

      Finding
         f1 port_conflict_container  blocking, 98% confidence
            local.port.8080.holder         container jenkins, project ci, image
                                           jenkins/jenkins:lts
            local.container.devlake.error  "driver failed programming external
                                           connectivity: Bind for 0.0.0.0:8080 failed:
                                           port is already allocated"
            wrong if local.port.8080.holder is free

      Steps
         s2 retry_local_compose_up  fixes f1
            safe (can be repeated), runs without asking
            why  devlake was never started; its containers have to be made again with
                 the new ports

            docker compose up -d in .
            waits at most 5 min for DevLake to be healthy

      Then it is checked that
         the backend is ready, Grafana is healthy, config-ui reaches the backend

      If nothing is done
         DevLake stays down

      Rejected
         stop_conflicting_container: jenkins belongs to project ci, not to this
         deployment

      Next
         gh devlake repair --apply plans/port.plan.yaml"
    `);
  });

  it("says of a setting of ours that a Compose file asks for that Compose does not get it", () => {
    const shellVariables = [{ name: "GH_DEVLAKE_SIGNING_KEY", set: false }];

    const text = formatPlan({ ...repairPlan, shellVariables }, plain80);

    expect(text).toContain("GH_DEVLAKE_SIGNING_KEY (not passed on)");
  });

  it("names what Compose takes from the shell, never a value, and of very many the first", () => {
    const shellVariables = [
      { name: "GRAFANA_PORT", set: true },
      { name: "MYSQL_ROOT_PASSWORD", set: true, overEnvFile: true as const },
      ...Array.from({ length: 30 }, (_, index) => ({ name: `V${index}`, set: false })),
    ];

    const text = formatPlan({ ...repairPlan, shellVariables }, plain80);
    const few = formatPlan({ ...repairPlan, shellVariables: shellVariables.slice(0, 2) }, plain80);

    expect(few).toContain(
      "Taken from your shell\n   GRAFANA_PORT (set), MYSQL_ROOT_PASSWORD (set, over .env)\n",
    );
    expect(text).toContain("V17 (not set), and 12 more");
    expect(formatPlan(repairPlan, plain80)).not.toContain("Taken from");
  });

  it("names the directory in the command when that is another one", () => {
    const { metadata } = repairPlan;
    const target = { ...metadata.target, directory: "d2/it's $1" };

    const text = formatPlan({ ...repairPlan, metadata: { ...metadata, target } }, plain80, { path });

    expect(text).toContain(`gh devlake repair --apply ${path} --dir 'd2/it'\\''s $1'`);
  });

  it("says in one line that all is well", () => {
    expect(formatPlan(healthyPlan, plain80)).toBe("✓ Healthy: nothing to do");
  });

  it("says what a person can do when there is no safe repair", () => {
    expect(formatPlan(escalatedPlan, plain80, { lookup, path })).toMatchInlineSnapshot(`
      "✗ No safe repair: the Docker Engine at unix:///var/run/docker.sock refuses user
        devlake
        plan plans/port.plan.yaml

      Finding
         f1 docker_permission_denied  blocking, 100% confidence
            local.engine.status    permission_denied
            local.engine.error     "connect EACCES /var/run/docker.sock"
            local.engine.endpoint  address unix:///var/run/docker.sock, source
                                   "default socket"
            wrong if \`docker version\` shows a server for the same user

      Next
         1. ask an administrator to add you to the group docker:
            sudo usermod -aG docker devlake
         2. log out and in again, then check with docker version"
    `);
  });

  it("escalates without a finding too", () => {
    expect(formatPlan({ ...escalatedPlan, findings: [] }, plain80)).toMatch(
      /^✗ No safe repair: the cause is not known\n/,
    );
  });

  it("puts the worst finding into the headline and counts the others", () => {
    const minor = { ...jenkins, id: "f1", severity: "info" as const, summary: "a trifle" };
    const major = { ...jenkins, id: "f2", summary: "the cause" };

    expect(primaryFinding([minor, major])).toBe(major);
    expect(formatPlan({ ...repairPlan, findings: [minor, major] }, plain80)).toMatch(
      /^✗ Repairable: the cause \(and 1 more finding\)\n/,
    );
  });

  it("never breaks a command in a step for a person, however narrow the terminal is", () => {
    const long = `docker inspect ${"x".repeat(90)} --format {}`;
    const nextSteps = [`look: \`${long}\``, `or \`${long}\` (Linux)`, "then rest"];

    expect(
      formatPlan({ ...escalatedPlan, nextSteps }, plain80)
        .split("\n")
        .slice(-6),
    ).toEqual([
      "   1. look:",
      `      ${long}`,
      "   2. or",
      `      \`${long}\``,
      "      (Linux)",
      "   3. then rest",
    ]);
  });

  it("does not call a plan that removes containers nothing irreversible", () => {
    const remove = { ...upStep, effect: "mutating" as const };
    const shown = formatPlan({ ...repairPlan, steps: [remove] }, { ...plain80, width: 120 });

    expect(shown).toContain("1 needs your approval, what is removed is made anew, downtime");
    expect(shown).toContain("mutating, asks first, what it removes is made anew, not put back");
  });

  it("never breaks the next command, and quotes a path with spaces", () => {
    const shown = formatPlan(repairPlan, plain80, { path: `my plans/${"long-".repeat(30)}.yaml` });

    expect(shown.split("\n").at(-1)).toBe(
      `   gh devlake repair --apply "my plans/${"long-".repeat(30)}.yaml"`,
    );
  });

  it.each([40, 80, 120, 160])("keeps to %d columns whatever it is given", (width) => {
    const shown = formatPlan(awkwardPlan, { ...colour80, width }, { lookup, path });

    for (const line of stripVTControlCharacters(shown).split("\n").slice(0, -1)) {
      expect(displayWidth(line)).toBeLessThanOrEqual(width);
    }
    expect(stripVTControlCharacters(shown)).not.toMatch(/[\p{Cf}\r]/u);
  });

  it("says the same in colour and without", () => {
    expect(stripVTControlCharacters(formatPlan(repairPlan, colour80, { lookup, path }))).toBe(
      formatPlan(repairPlan, plain80, { lookup, path }),
    );
  });

  it("uses ASCII alone where it has to", () => {
    expect(formatPlan(repairPlan, ascii80, { lookup, path })).toMatch(/^[\n\x20-\x7e]*$/);
  });
});

describe("formatFindings", () => {
  it("shows ids alone when the values are not at hand", () => {
    expect(formatFindings([jenkins], plain80)).toMatchInlineSnapshot(`
      "f1 port_conflict_container  blocking, 98% confidence
         host port 8080 is published by container "jenkins" (project ci), so devlake
         cannot start
         evidence local.port.8080.holder, local.container.devlake.error
         wrong if local.port.8080.holder is free"
    `);
  });

  it("says which evidence the facts do not hold", () => {
    expect(formatFindings([jenkins], plain80, { lookup: () => undefined })).toContain(
      "local.port.8080.holder         not in the facts",
    );
  });
});

describe("formatSteps", () => {
  it("shows effect, arguments, reason and change", () => {
    expect(formatSteps([moveStep], plain80)).toMatchInlineSnapshot(`
      "s1 rewrite_local_ports_to_alt_bundle  fixes f1
         mutating, asks first, can be undone in full
         with bundle devlake 8085, grafana 3004, config-ui 4004
         why  the holder belongs to another project; moving our ports needs no one
              else's downtime

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

  it.each([
    ["read", "not-needed", "read only, runs without asking"],
    ["safe", "not-needed", "safe (can be repeated), runs without asking"],
    ["mutating", "full", "mutating, asks first, can be undone in full"],
    ["destructive", "none", "destructive, asks for its name, cannot be undone"],
  ] as const)("says what %s means", (effect, reversible, text) => {
    expect(formatSteps([{ ...upStep, effect, reversible }], plain80)).toContain(`\n   ${text}\n`);
  });
});
