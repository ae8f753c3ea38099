import { expect, it } from "vitest";
import * as fc from "../seeded-fast-check.ts";
import { movePublishedPorts } from "../../src/targets/local/compose-edit/move-published-ports.ts";
import { openProject } from "../../src/targets/local/compose-edit/project.ts";
import { readServicePorts } from "../../src/targets/local/compose-edit/service-ports.ts";
import type { ComposeSource } from "../../src/targets/local/compose-edit/types.ts";
import { editsDiffer } from "../../src/targets/local/facts/edit-differs.ts";
import { maskSource } from "../../src/targets/local/masking/mask-source.ts";
import { createRedactor, type Redact } from "../../src/core/masking/redact.ts";
import { parseEnv } from "../../src/targets/local/inspect/files/compose-sources.ts";
import { knownValues } from "../../src/targets/local/inspect/files/known-values.ts";

/** Secrets that look like names, ports, hosts and signs of both languages, and some that look like secrets. */
const secret = fc.constantFrom(
  ..."devlake config-ui mysql 8080 8080:8080 localhost 127.0.0.1 http ports services published API_PORT".split(
    " ",
  ),
  ..."GF_SERVER_ROOT_URL hunter2hunter2 pa$$word1 pa$word ${UI_PORT:-4000} abc:def C:\\data tail\\\\ it's9 say\"9".split(
    " ",
  ),
  ..."[flow9] &anch0r9 *al1as9 !tag9 %9x9 012345678 http://u5er:p4ss@localhost:4000/ a=b=c9 äöü9ß".split(" "),
  "x #y",
  "{a: b9}",
  "",
);
const name = fc.constantFrom(
  "DB_PASSWORD",
  "ENCRYPTION_SECRET",
  "NOTE",
  "GF_SERVER_ROOT_URL",
  "BIND",
  "my.key",
);
const port = fc.constantFrom(8080, 4000, 3306);
const double = (value: string): string => `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
const single = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const entry = fc.constantFrom(
  "- [P]:[T]",
  "- '127.0.0.1:[P]:[T]'",
  "- ${API_PORT:-[P]}:[T]",
  '- "${BIND:-127.0.0.1}:[P]:[T]" # was [P]',
  '- "${UI_PORT}:[T]"',
  '- "${NOTE:-${API_PORT}}:[T]"',
  "- target: [T]\n        published: [P]",
  "- { target: [T], published: '${UI_PORT:-[P]}' }",
);
const value = fc.oneof(
  secret.map(double),
  secret.map(single),
  secret.map((text) => `|\n        ${text === "" ? "x" : text}\n        8080:8080`),
);
const service = fc.record({
  name: fc.constantFrom("devlake", "grafana", "config-ui", "mysql"),
  settings: fc.uniqueArray(fc.tuple(name, value), { maxLength: 3, selector: ([key]) => key }),
  password: secret,
  label: fc.option(secret),
  comment: fc.option(secret),
  ports: fc.array(fc.tuple(entry, port, port), { maxLength: 2 }),
  loads: fc.boolean(),
});
const line = fc.record({
  start: fc.constantFrom("", "", "export ", "# "),
  name: fc.constantFrom("API_PORT", "UI_PORT", "BIND", "DB_PASSWORD", "NOTE", "GF_SERVER_ROOT_URL"),
  sign: fc.constantFrom("=", " = ", ": "),
  value: fc.oneof(secret, port.map(String)),
  quotes: fc.constantFrom(["", ""], ["'", "'"], ['"', '"'], ['"', ""]),
  end: fc.constantFrom("", "", " # api", "\t", " # s3cr3tw0rd9"),
});
const files = fc.record({
  services: fc.uniqueArray(service, { minLength: 1, maxLength: 3, selector: (one) => one.name }),
  shared: fc.option(value),
  env: fc.array(line, { maxLength: 5 }),
  ends: fc.tuple(fc.constantFrom("\n", "\r\n"), fc.constantFrom("\n", "\r\n")),
});
type Files = typeof files extends fc.Arbitrary<infer T> ? T : never;

function sourcesOf({ services, shared, env, ends }: Files): readonly ComposeSource[] {
  const parts = services.map((one) => {
    const settings = one.settings.map(([key, text]) => `      ${key}: ${text}\n`).join("");
    const ports = one.ports.map(([text, published, target]) =>
      text.replaceAll("[P]", String(published)).replaceAll("[T]", String(target)),
    );
    return [
      `  ${one.name}:${one.comment === null ? "" : ` # pw ${one.comment}`}\n    image: apache/devlake:v1.0.1\n`,
      `    command: ["--db-pw", ${double(one.password)}, --port=8080]\n`,
      one.label === null ? "" : `    labels:\n      note: ${single(one.label)}\n`,
      one.loads ? "    env_file: .env\n" : "",
      settings === "" ? "" : `    environment:\n${shared === null ? "" : "      <<: *shared\n"}${settings}`,
      ports.length === 0 ? "" : `    ports:\n${ports.map((text) => `      ${text}\n`).join("")}`,
    ].join("");
  });
  const compose = `${shared === null ? "" : `x-shared: &shared\n  API_TOKEN: ${shared}\n`}services:\n${parts.join("")}`;
  const lines = env.map(
    (one) => `${one.start}${one.name}${one.sign}${one.quotes.join(one.value)}${one.end}\n`,
  );
  return [
    { path: "docker-compose.yml", role: "compose", text: compose.replaceAll("\n", ends[0]) },
    { path: ".env", role: "env", text: lines.join("").replaceAll("\n", ends[1]) },
  ];
}

function redactorOf(sources: readonly ComposeSource[], { services }: Files): Redact {
  const env = parseEnv(sources[1]?.text ?? "");
  const read = sources.map(({ path, role, text }) => ({
    path,
    role: role === "compose" ? ("compose" as const) : ("env" as const),
    text,
    problem: undefined,
  }));
  const model = {
    project: "devlake",
    volumes: [],
    services: services.map((one) => ({
      name: one.name,
      image: "apache/devlake:v1.0.1",
      ports: [],
      dependsOn: [],
      restart: undefined,
      volumes: [],
      environment: {},
    })),
  };
  return createRedactor(
    knownValues({
      request: { environment: new Map() },
      sources: { files: read, envStatus: "present", env },
      config: { kind: "valid", model },
      own: [],
    }),
  );
}

function masked(sources: readonly ComposeSource[], redact: Redact): readonly ComposeSource[] {
  return sources.map((source) => ({
    ...source,
    text: maskSource(source.text, source.role === "compose" ? "compose" : "env", redact),
  }));
}

function lineEnds(text: string): string {
  return text.replaceAll(/[^\r\n]+/g, "");
}

const numRuns = 150;

it("masked files have the lines and line ends of the real ones", () => {
  fc.assert(
    fc.property(files, (generated) => {
      const real = sourcesOf(generated);
      for (const [index, { text }] of masked(real, redactorOf(real, generated)).entries())
        expect(lineEnds(text)).toBe(lineEnds(real[index]?.text ?? ""));
    }),
    { numRuns },
  );
});

it("a preview shows exactly the lines that are written, or it is known not to", { timeout: 120_000 }, () => {
  let moved = 0;
  let hidden = 0;
  fc.assert(
    fc.property(files, (generated) => {
      const real = sourcesOf(generated);
      const opened = openProject(real, new Map());
      const redact = redactorOf(real, generated);
      const shown = masked(real, redact);
      if ("refusals" in opened) {
        expect("refusals" in openProject(shown, new Map())).toBe(true);
        return;
      }
      for (const [own, { entries }] of readServicePorts(opened.project)) {
        const [first] = entries;
        if (first?.published === undefined || first.target === undefined) continue;
        const move = { service: own, from: first.published.range.low, to: 18_124, target: first.target.low };
        const edit = (sources: readonly ComposeSource[]) =>
          movePublishedPorts({ sources, moves: [move], environment: new Map(), rootUrlFollows: [own] });
        const [made, preview] = [edit(real), edit(shown)];
        if (editsDiffer(preview, made).length > 0) {
          hidden++;
          continue;
        }
        if (made.kind !== "edited" || preview.kind !== "edited") continue;
        moved++;
        const written = made.files.map(({ path, after }) => [path, after] as const);
        const wanted = real
          .map((source) => ({ ...source, text: written.find(([path]) => path === source.path)?.[1] }))
          .flatMap(({ text, ...source }) => (text === undefined ? [] : [{ ...source, text }]));
        expect(preview.files.map(({ path, after }) => [path, after])).toEqual(
          masked(wanted, redact).map(({ path, text }) => [path, text]),
        );
      }
    }),
    { numRuns },
  );
  expect(moved).toBeGreaterThan(numRuns / 2);
  // Of a value over several lines nothing is shown, so not the variable in it either.
  expect(hidden).toBeLessThan(moved / 20);
});
