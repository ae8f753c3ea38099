import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { movePublishedPorts } from "../../src/targets/local/compose-edit/move-published-ports.ts";
import { readEnvFile } from "../../src/core/masking/env-source.ts";
import { interpolate } from "../../src/core/masking/interpolate.ts";
import type { ComposeSource, PortMove } from "../../src/targets/local/compose-edit/types.ts";
import { dialects } from "../targets/local/compose-edit/dialects.ts";

const run = promisify(execFile);

interface Port {
  readonly target: number;
  readonly published?: string;
  readonly protocol: string;
}
interface Model {
  readonly services: Record<string, { ports?: Port[]; environment?: Record<string, string | null> }>;
}

let directory: string;

beforeAll(async () => {
  // Without the Compose plugin this rejects, and the whole file fails.
  await run("docker", ["compose", "version"]);
  directory = await mkdtemp(join(tmpdir(), "compose-edit-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true, force: true });
});

describe("docker compose config", () => {
  it.each(dialects)("sees the ports moved and nothing else: $name", async (dialect) => {
    const { sources, moves, rootUrlFollows, environment = new Map<string, string>() } = dialect;
    const outcome = movePublishedPorts({ sources, moves, environment, rootUrlFollows });
    if (outcome.kind === "refused") expect.fail(JSON.stringify(outcome.refusals));
    const edited = sources.map((source) => ({
      ...source,
      text: outcome.files.find((file) => file.path === source.path)?.after ?? source.text,
    }));

    const before = await configOf("project", sources, environment);
    const after = await configOf("project", edited, environment);

    expect(after).toEqual(withMovedPorts(before, moves, rootUrlFollows ?? []));
    expect(after).not.toEqual(before);
  });

  it("agrees with our interpolation and dotenv reading", async () => {
    const text =
      '\uFEFF# first\r\nexport A=5 # c\r\nB: 6\nC="7"\nD=8#9\nF = 3\nG=a"b\n\n  H=\'$A\'\nI="$A$OUTER"\nJ=\nK=\'two\nlines\'\nL=last';
    const names = ["B", "C", "D", "F", "G", "H", "I", "J", "K", "L"];
    const expressions = [
      "$A-${A}",
      "${NONE:-a}${NONE-a}",
      "${J:-a}${J-a}",
      "${A:+a}${A+b}",
      "${J:+a}${J+b}",
      "${NONE:+a}${NONE+b}",
      "${NONE:-${NONE2:-x}}y",
      "${NONE:-$A}",
      "${A:?needed}",
      "$$A $${A}",
      "${NONE:-}",
      "$H$I$K",
      ...names.map((name) => `<\${${name}}>`),
    ];
    const lines = expressions.map((expression, index) => `      V${index}: '${expression}'\n`).join("");
    const sources: ComposeSource[] = [
      {
        path: "docker-compose.yml",
        role: "compose",
        text: `services:\n  a:\n    image: x\n    environment:\n${lines}`,
      },
      { path: ".env", role: "env", text },
    ];
    const environment = new Map([["OUTER", "o"]]);

    const model = await configOf("agree", sources, environment);

    const file = readEnvFile(".env", text, (name) => environment.get(name));
    const lookup = (name: string): string | undefined =>
      environment.get(name) ?? file.assignments.findLast((assignment) => assignment.name === name)?.value;
    // `config` prints a dollar sign as $$, so that its output can be read as a Compose file again.
    const ours = expressions.map((expression) =>
      interpolate(expression, lookup).text.replaceAll("$", "$$$$"),
    );
    expect(Object.fromEntries(ours.map((value, index) => [`V${index}`, value]))).toEqual(
      model.services["a"]?.environment,
    );
  });
});

async function configOf(
  name: string,
  sources: readonly ComposeSource[],
  environment: ReadonlyMap<string, string>,
): Promise<Model> {
  const project = join(directory, name);
  await rm(project, { recursive: true, force: true });
  await mkdir(project);
  await writeFile(join(project, ".env"), "");
  for (const source of sources) await writeFile(join(project, source.path), source.text);
  const files = sources
    .filter((source) => source.role === "compose")
    .flatMap((source) => ["-f", source.path]);
  const { stdout } = await run(
    "docker",
    ["compose", ...files, "--profile", "*", "config", "--format", "json"],
    {
      cwd: project,
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], ...Object.fromEntries(environment) },
    },
  );
  const model = JSON.parse(stdout) as Model;
  // Extension fields have no effect of their own; an anchored list that a service uses may stand in one.
  for (const key of Object.keys(model)) if (key.startsWith("x-")) Reflect.deleteProperty(model, key);
  return model;
}

/** Moves the ports in Compose's own model, where every dialect has become the same long form. */
function withMovedPorts(before: Model, moves: readonly PortMove[], follows: readonly string[]): Model {
  const model = structuredClone(before);
  for (const [service, settings] of Object.entries(model.services)) {
    const ports = settings.ports?.map((port) => {
      const move = moves.find(
        (candidate) =>
          candidate.service === service &&
          String(candidate.from) === port.published &&
          candidate.target === port.target &&
          (candidate.protocol ?? port.protocol) === port.protocol,
      );
      return move === undefined ? port : { ...port, published: String(move.to) };
    });
    if (ports !== undefined) settings.ports = ports;
    const url = settings.environment?.["GF_SERVER_ROOT_URL"];
    const followed = moves.find((move) => follows.includes(move.service));
    if (settings.environment && url && followed) {
      settings.environment["GF_SERVER_ROOT_URL"] = url.replace(`:${followed.from}/`, `:${followed.to}/`);
    }
  }
  return model;
}
