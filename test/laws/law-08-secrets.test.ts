import { describe, expect, it } from "vitest";
import { RepairError } from "../../src/core/errors.ts";
import { writePlanFile } from "../../src/plan/files/plan-file.ts";
import { classify } from "../../src/targets/local/classify.ts";
import { composeText, portConflictWorld, stoppedWorld } from "../fakes/broken-worlds.ts";
import { planFor, run, runRequest } from "../fakes/fake-run.ts";
import { refusal, type FakeWorld } from "../fakes/fake-world.ts";
import { answers, endsHalfway, meanwhile, throwsAfter, throwsBefore } from "../fakes/faults.ts";
import { RecordingJournal } from "../fakes/recording-journal.ts";
import { runPlan } from "../../src/apply/run.ts";

/** One secret for every place in which one may stand. */
const canaries = {
  envFile: "c4n4ry/1+encryption==",
  databaseUrl: "c4n4ry-2-dburl",
  composeMap: "c4n4ry&3?root#password",
  composeList: "c4n4ry-4-listed-key",
  comment: "c4n4ry-5-commented-out",
  oldContainer: 'c4n4ry"6\\old container',
  stateFile: "c4n4ry-7-state-token",
  shell: "c4n4ry 8 of the shell",
} as const;

const all = Object.values(canaries);

function forms(secret: string): readonly string[] {
  const base64 = Buffer.from(secret).toString("base64");
  const json = JSON.stringify(secret).slice(1, -1);
  return [
    secret,
    base64.replaceAll("=", ""),
    Buffer.from(secret).toString("base64url"),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    json,
    JSON.stringify(json).slice(1, -1),
  ];
}

/** Plants the canaries; `base` is what is broken. */
function plant(base: () => FakeWorld): FakeWorld {
  const world = base();
  world.put(
    ".env",
    `DB_URL=mysql://merico:${canaries.databaseUrl}@mysql:3306/lake\nENCRYPTION_SECRET=${canaries.envFile}\n`,
    0o600,
  );
  world.put(
    "docker-compose.yml",
    composeText
      .replace("MYSQL_ROOT_PASSWORD: admin", `MYSQL_ROOT_PASSWORD: "${canaries.composeMap}"`)
      .replace("LOGGING_DIR: /app/logs", "LOGGING_DIR: /app/logs\n      SHELL_TOKEN: ${SHELL_TOKEN}")
      .replace(
        "DEVLAKE_ENDPOINT: devlake:8080",
        `DEVLAKE_ENDPOINT: devlake:8080\n      API_KEY: ${canaries.composeList}\n      #ADMIN_PASS: ${canaries.comment}`,
      ),
  );
  world.shell.set("SHELL_TOKEN", canaries.shell);
  world.put(
    ".devlake-local.json",
    JSON.stringify({
      method: "local",
      token: canaries.stateFile,
      secret: canaries.envFile,
      endpoints: { backend: "http://localhost:9999" },
    }),
  );
  const said = all.flatMap((secret) =>
    forms(secret).map((form) => `level=error msg="could not use ${form} here"`),
  );
  for (const container of world.engine.containers.values()) {
    if (container.labels["com.docker.compose.project"] !== world.project) continue;
    world.engine.containers.set(container.id, {
      ...container,
      env: [
        ...container.env,
        `ENCRYPTION_SECRET=${canaries.envFile}`,
        `FORMER_SECRET=${canaries.oldContainer}`,
        `STATE_TOKEN=${canaries.stateFile}`,
        `ADMIN_PASS=${canaries.comment}`,
      ],
      error: container.error === "" ? "" : `${container.error} ${all.join(" ")}`,
      logs: said.slice(-30),
    });
  }
  return world;
}

const loud = all.flatMap(forms).join(" | ");
const failedUp = { kind: "failed", exitCode: 1, stderr: `pulling with ${loud}\n` };
const timeout = { kind: "failed", exitCode: 1, stderr: `i/o timeout ${loud}\n` };

/** Ways in which a run goes, each with errors that hold every secret. */
const ways: readonly (readonly [string, (world: FakeWorld) => void])[] = [
  ["to its good end", () => undefined],
  [
    "with compose failing",
    (world) =>
      world.faults.add(
        answers("compose.createMissing", failedUp, "none"),
        answers("compose.recreate", failedUp, "none"),
        throwsBefore("docker.startContainer", refusal(loud)),
      ),
  ],
  [
    "with a retry",
    (world) =>
      world.faults.add(
        endsHalfway("compose.createMissing", timeout),
        endsHalfway("compose.recreate", timeout),
        throwsAfter("docker.startContainer", refusal(timeout.stderr)),
      ),
  ],
  [
    "with a lost answer",
    (world) =>
      world.faults.add(
        throwsAfter("files.replace", new Error(loud)),
        throwsAfter("docker.startContainer", new Error(loud)),
      ),
  ],
  [
    "with a refused write",
    (world) => world.faults.add(throwsBefore("files.replace", new RepairError("file_unwritable", loud))),
  ],
  ["with a failing backup", (world) => world.faults.add(throwsBefore("backups.backUp", new Error(loud)))],
  [
    "with a failing undo",
    (world) =>
      world.faults.add(
        answers("compose.recreate", failedUp, "none"),
        throwsBefore("backups.readBackUp", new Error(loud)),
      ),
  ],
  [
    "with logs and networks that cannot be read",
    (world) =>
      world.faults.add(
        throwsBefore("docker.logs", new Error(loud), { nth: 1, every: true }),
        throwsBefore("http.get", new Error(loud), { nth: 1, every: true }),
      ),
  ],
  [
    "with an engine that breaks in the middle",
    (world) =>
      world.faults.add(
        meanwhile("compose.recreate", () =>
          world.faults.add(throwsBefore("docker.containers", new Error(loud), { nth: 1, every: true })),
        ),
      ),
  ],
  ["with nobody to ask", (world) => world.faults.add(throwsBefore("approvals.request", new Error(loud)))],
];

const worlds: readonly (readonly [string, () => FakeWorld])[] = [
  ["port conflict", () => plant(portConflictWorld)],
  ["stopped services", () => plant(stoppedWorld)],
  [
    "a crash loop",
    () => {
      const world = plant(stoppedWorld);
      const backend = world.engine.ofService(world.project, "devlake");
      if (backend !== undefined) Object.assign(backend, { state: "restarting", restartsEveryMs: 100 });
      return world;
    },
  ],
];

function leaks(output: string): readonly string[] {
  return Object.entries(canaries).flatMap(([where, secret]) =>
    forms(secret).some((form) => output.includes(form)) ? [where] : [],
  );
}

describe.each(worlds)("law 8: no secret leaves the target: %s", (_name, make) => {
  it("the canaries sing where they were planted", () => {
    const world = make();

    const planted =
      [...world.files.values()].map(({ text }) => text).join() + world.snapshot() + canaries.shell;
    const said = [...world.engine.containers.values()].flatMap(({ logs }) => logs);

    expect(new Set(leaks(planted))).toEqual(new Set(Object.keys(canaries)));
    expect(leaks(said.join("\n")).length).toBeGreaterThan(2);
  });

  it("not in the facts, the findings or the plan", async () => {
    const world = make();

    const { facts } = await world.eyes().inspect();
    const { plan } = await planFor(world);

    for (const [id, entry] of facts)
      expect({ id, leaks: leaks(JSON.stringify(entry)) }).toEqual({ id, leaks: [] });
    expect(leaks(JSON.stringify(classify(facts)))).toEqual([]);
    expect(leaks(writePlanFile(plan))).toEqual([]);
  });

  it.each(ways)("not in approvals, journal, events or result of a run %s", async (_way, arrange) => {
    const world = make();
    const { plan } = await planFor(world);
    expect(plan.outcome).toBe("repair");
    arrange(world);
    const journal = new RecordingJournal(world);
    const recorded = { events: [], asked: [] };

    const account = await runPlan(runRequest(world, plan, journal, recorded)).catch((thrown: unknown) =>
      String(thrown),
    );

    expect(leaks(JSON.stringify(recorded.asked))).toEqual([]);
    expect(leaks(JSON.stringify(journal.entries))).toEqual([]);
    expect(leaks(JSON.stringify(recorded.events))).toEqual([]);
    expect(leaks(JSON.stringify(account))).toEqual([]);
  });
});

describe("law 8: where nothing but the place says that it is a secret", () => {
  const canary = "c4n4ry-9-by-its-place";

  it.each<[string, (world: FakeWorld) => void]>([
    [
      "a variable of the shell that files which Compose refuses use under another name",
      (world) => {
        world.shell.set("DL_ES", canary);
        const used = `LOGGING_DIR: /app/logs\n      ENCRYPTION_SECRET: \${DL_ES}\n      X: \${DL_ES`;
        world.put("docker-compose.yml", composeText.replace("LOGGING_DIR: /app/logs", used));
        world.faults.add(
          answers("compose.config", { kind: "invalid", message: `invalid: "${canary}"` }, "none", {
            nth: 1,
            every: true,
          }),
        );
      },
    ],
    [
      "an item of a command after a flag",
      (world) =>
        world.put(
          "docker-compose.yml",
          composeText.replace(
            "    ports:",
            `    command: ["mysqld", "--password", "${canary}", "-p${canary}"]\n    ports:`,
          ),
        ),
    ],
    [
      "a line of .env that assigns nothing",
      (world) =>
        world.put(".env", `MY NAME=${canary}\n  ${canary}\nKEY="x\n# ${canary}\n${canary}=\n`, 0o600),
    ],
  ])("it is in no fact: %s", async (_name, arrange) => {
    const world = stoppedWorld();
    arrange(world);

    const { facts } = await world.eyes().inspect();

    expect(JSON.stringify([...facts])).not.toContain(canary);
    expect([...facts.keys()]).toContain("local.compose.source..env");
  });
});

it("law 8: the files keep their secrets, byte for byte, when ports are moved in them", async () => {
  const world = plant(portConflictWorld);
  const before = world.text("docker-compose.yml") ?? "";
  const { plan } = await planFor(world);

  await run(world, plan);

  const after = world.text("docker-compose.yml") ?? "";
  expect(after).not.toBe(before);
  expect(leaks(after)).toEqual(leaks(before));
  expect(world.text(".env")).toContain(canaries.envFile);
  expect(world.text(".devlake-local.json")).toContain(canaries.stateFile);
});
