import * as fc from "../../../seeded-fast-check.ts";
import { describe, expect, it } from "vitest";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import type {
  ComposeSource,
  EditOutcome,
  EditRequest,
} from "../../../../src/targets/local/compose-edit/types.ts";

/** A generated file and the same file with the port moved, both written by the generator and not by the editor. */
interface Generated {
  readonly before: string;
  readonly after: string;
  readonly envBefore: string;
  readonly envAfter: string;
  readonly from: number;
  readonly to: number;
  readonly target: number;
}

const port = fc.integer({ min: 1, max: 65_535 });
const comment = fc.constantFrom("", " # ports: 8080:8080", "   ", "\t# ünïcödé ✓ 'x", " #");
const noise = fc.constantFrom(
  "",
  "# - 8080:8080\n",
  "\n",
  "   \n",
  "x-note: |\n  8080:8080  \n  keep\n",
  "networks: {}   \n",
  "volumes:\n  devlake-log: \n",
);
const settings = fc.constantFrom(
  "    image: devlake:v1   \n",
  "    command: --a=b\n      --collation\n      --skip-log-bin\n",
  '    environment:\n      NOTE: "8080:8080 \\u00e9"\n      URL: http://h:8080/x\n',
  "    environment: [A=1, 'B=8080:8080']\n    labels: { a: '8080' }\n",
  "    # nothing\n",
);

/** `[P]` stands for the host port, `[T]` for the container port, `[V]` for the variable in .env. */
const form = fc.constantFrom(
  "      - [P]:[T]",
  "      - '[P]:[T]'",
  '      - "[P]:[T]/tcp"',
  "      - 127.0.0.1:[P]:[T]",
  '      - "[::1]:[P]:[T]"',
  "      - ${PORT_A:-[P]}:[T]",
  '      - "${PORT_A-[P]}:[T]/tcp"',
  "      - target: [T]\n        published: [P]",
  '      - published: "[P]"   # why\n        target: [T]\n        protocol: tcp',
  "      - { target: [T], published: [P] }",
  "      - ${PORT_V}:[T]",
  "      - {published: '${PORT_V:-1}', target: [T]}",
);
const envLine = fc.constantFrom("PORT_V=[P]", "export PORT_V='[P]' # x", 'PORT_V = "[P]"', "PORT_V: [P]\t");

const generated: fc.Arbitrary<Generated> = fc
  .record({
    from: port,
    to: port,
    target: port,
    form,
    envLine,
    comments: fc.tuple(comment, comment),
    noise: fc.tuple(noise, noise),
    settings: fc.tuple(settings, settings),
    others: fc.uniqueArray(port, { maxLength: 3 }),
    crlf: fc.boolean(),
    bom: fc.boolean(),
    finalNewline: fc.boolean(),
  })
  .filter(({ from, to, others }) => from !== to && !others.includes(from) && !others.includes(to))
  .map((parts) => {
    const others = parts.others.map((other) => `      - "${other}:${other}"\n`).join("");
    const template =
      `${parts.noise[0]}services:${parts.comments[0]}\n  db:\n${parts.settings[0]}    restart: always\n` +
      `  api:\n${parts.settings[1]}    ports:\n${others}${parts.form}${parts.comments[1]}\n` +
      (parts.noise[0] === parts.noise[1] ? "" : parts.noise[1]);
    const envTemplate = `# PORT_V=1\nSECRET="a b\\$c"\n${parts.envLine}\nLAST=[x]\n`;
    const write = (text: string, host: number): string => {
      const filled = text.replaceAll("[P]", String(host)).replaceAll("[T]", String(parts.target));
      const ended = parts.finalNewline ? filled : filled.replace(/\n$/, "");
      return (parts.bom ? "\uFEFF" : "") + (parts.crlf ? ended.replaceAll("\n", "\r\n") : ended);
    };
    const inEnv = parts.form.includes("PORT_V");
    return {
      before: write(template, parts.from),
      after: write(template, inEnv ? parts.from : parts.to),
      envBefore: write(envTemplate, parts.from),
      envAfter: write(envTemplate, inEnv ? parts.to : parts.from),
      from: parts.from,
      to: parts.to,
      target: parts.target,
    };
  });

describe("movePublishedPorts on generated files", () => {
  it("writes what a careful hand would write, and the reverse move restores every byte", () => {
    fc.assert(
      fc.property(generated, ({ before, after, envBefore, envAfter, from, to, target }) => {
        const original = sources(before, envBefore);

        const there = apply(original, move(original, from, to, target));
        expect(there.map((source) => source.text)).toEqual([after, envAfter]);

        expect(move(original, from, to, target, "edited scalars")).toEqual(move(original, from, to, target));

        const back = apply(there, move(there, to, from, target));
        expect(back).toEqual(original);
      }),
      { numRuns: 400 },
    );
  });

  it("never throws, and replaces nothing but the port, when the file is damaged at random", () => {
    fc.assert(
      fc.property(generated, fc.nat(), fc.string({ maxLength: 4, unit: "binary" }), (file, at, junk) => {
        const place = at % file.before.length;
        const damaged = file.before.slice(0, place) + junk + file.before.slice(place);
        const original = sources(damaged, file.envBefore);

        const outcome = move(original, file.from, file.to, file.target);
        expect(move(original, file.from, file.to, file.target, "edited scalars")).toEqual(outcome);

        // Whatever it still understands, it may only replace the digits it reports.
        for (const edit of outcome.kind === "edited" ? outcome.files : []) {
          const digits = edit.changes.length * (String(file.to).length - String(file.from).length);
          expect(edit.after.length - edit.before.length).toBe(digits);
          expect(edit.changes.every((change) => change.from === String(file.from))).toBe(true);
        }
      }),
      { numRuns: 400 },
    );
  });
});

function sources(compose: string, env: string): readonly ComposeSource[] {
  return [
    { path: "docker-compose.yml", text: compose, role: "compose" },
    { path: ".env", text: env, role: "env" },
  ];
}

function move(
  of: readonly ComposeSource[],
  from: number,
  to: number,
  target: number,
  reading?: EditRequest["reading"],
): EditOutcome {
  const moves = [{ service: "api", from, to, target }];
  return movePublishedPorts({ sources: of, environment: new Map(), moves, reading });
}

function apply(of: readonly ComposeSource[], outcome: EditOutcome): readonly ComposeSource[] {
  if (outcome.kind === "refused") throw new Error(JSON.stringify(outcome.refusals));
  return of.map((source) => ({
    ...source,
    text: outcome.files.find((file) => file.path === source.path)?.after ?? source.text,
  }));
}
