import { describe, expect, it } from "vitest";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import type {
  ComposeSource,
  EditRequest,
  PortMove,
} from "../../../../src/targets/local/compose-edit/types.ts";
import { backend, compose, env, withPorts } from "./dialects.ts";

const one = (item: string) => compose(withPorts(`\n      - ${item}`));
const shared = "services:\n  a: &a\n    image: x\n";

interface Case {
  readonly name: string;
  readonly sources: readonly ComposeSource[];
  readonly environment?: ReadonlyMap<string, string>;
  readonly moves?: readonly PortMove[];
  readonly reason: RegExp;
  readonly path?: string;
  readonly line?: number;
}

const cases: readonly Case[] = [
  {
    name: "a range of pairs",
    sources: [one("8080-8082:8080-8082")],
    reason: /part of the range 8080-8082: write the range as single ports first/,
    line: 5,
  },
  {
    name: "a range for one container port",
    sources: [one("8079-8090:8080")],
    reason: /range 8079-8090/,
    line: 5,
  },
  {
    name: "a range in the long form",
    sources: [one('{target: 8080, published: "8080-8081"}')],
    reason: /range 8080-8081/,
  },
  {
    name: "a container port alone",
    sources: [one("8080")],
    reason: /Docker picks a free host port/,
    line: 5,
  },
  { name: "a quoted container port", sources: [one('"8080/tcp"')], reason: /Docker picks a free host port/ },
  { name: "an empty host port", sources: [one("127.0.0.1::8080")], reason: /Docker picks a free host port/ },
  {
    name: "long form without published",
    sources: [one("{target: 8080}")],
    reason: /Docker picks a free host port/,
  },
  {
    name: "a variable without value",
    sources: [one("${P}:8080")],
    reason: /P has no value and no default.*set P in \.env/,
  },
  {
    name: "a required variable without value",
    sources: [one('"${P:?no}:8080"')],
    reason: /P is required but not set/,
  },
  {
    name: "a variable of the process",
    sources: [one("${P:-1}:8080"), env("P=1\n")],
    environment: new Map([["P", "8080"]]),
    reason: /P is set in the process environment, which beats \.env/,
  },
  {
    name: "a variable that holds more than the port",
    sources: [one("${P}:8080"), env("P=127.0.0.1:8080\n")],
    reason: /value of P in \.env is not a plain port number/,
  },
  {
    name: "a variable made of another",
    sources: [one("${P}:8080"), env("Q=8080\nP=${Q}\n")],
    reason: /value of P in \.env is not a plain port number/,
  },
  {
    name: "a variable used elsewhere",
    sources: [
      compose("services:\n  devlake:\n    ports: ['${P}:8080']\n    environment: {URL: 'http://h:${P}'}\n"),
      env("P=8080\n"),
    ],
    reason: /also change services\.devlake\.environment\.URL/,
  },
  {
    name: "a variable passed on to a container",
    sources: [
      compose("services:\n  devlake:\n    ports: ['${P}:8080']\n    environment: [P]\n"),
      env("P=8080\n"),
    ],
    reason: /also change services\.devlake\.environment\.0/,
  },
  {
    name: "a variable that another one is made of",
    sources: [
      compose("services:\n  devlake:\n    ports: ['${P}:8080']\n    environment: {URL: '${U}'}\n"),
      env('P=8080\nU="http://h:${P}"\n'),
    ],
    reason: /also change services\.devlake\.environment\.URL/,
  },
  {
    name: "a variable set twice",
    sources: [one("${P}:8080"), env("P=1\nP=8080\n")],
    reason: /P is set 2 times in \.env/,
  },
  {
    name: "the backend's own PORT",
    sources: [
      compose("services:\n  devlake:\n    env_file: [./.env]\n    ports: ['${PORT}:8080']\n"),
      env("PORT=8080\n"),
    ],
    reason: /PORT in \.env also sets the port inside the containers of devlake/,
  },
  {
    name: "digits from two places",
    sources: [one('"${A:-80}80:8080"')],
    reason: /put together from several/,
  },
  { name: "escapes", sources: [one(String.raw`"8\x3080:8080"`)], reason: /written with escapes/ },
  { name: "a block scalar", sources: [one(">-\n          8080:8080")], reason: /several lines/ },
  { name: "leading zeros", sources: [one("08080:8080")], reason: /it is written 08080: write 8080/ },
  {
    name: "another container port",
    sources: [one("8080:9090")],
    reason: /leads to container port 9090, not 8080/,
    line: 5,
  },
  {
    name: "a second container port on it",
    sources: [compose(withPorts("\n      - 127.0.0.1:8080:8080\n      - 127.0.0.2:8080:9090"))],
    reason: /leads to container port 9090/,
    line: 6,
  },
  {
    name: "no such port",
    sources: [one("8081:8081")],
    reason: /publishes no host port 8080.*it publishes 8081/,
  },
  {
    name: "no such service",
    sources: [compose("services:\n  mysql: {image: x}\n")],
    reason: /no service devlake in docker-compose\.yml: the services are mysql/,
  },
  { name: "an empty file", sources: [compose("")], reason: /no service devlake/ },
  {
    name: "a reset by the override file",
    sources: [one("8080:8080"), compose("services:\n  devlake:\n    ports: !reset []\n", "o.yml")],
    reason: /publishes no host port 8080/,
  },
  {
    name: "an anchor shared by services",
    sources: [
      compose(
        "services:\n  devlake:\n    image: x\n    ports: &p ['8080:8080']\n  b:\n    image: x\n    ports: *p\n",
      ),
    ],
    reason: /also change services\.b\.ports\.0 .*shared YAML anchor/,
  },
  {
    name: "a merge key shared by services",
    sources: [compose(`${shared}    ports: ['8080:8080']\n  devlake:\n    <<: *a\n`)],
    reason: /also change services\.a\.ports\.0/,
  },
  {
    name: "an anchored scalar used for something else",
    sources: [
      compose(
        "services:\n  devlake:\n    image: x\n    ports: [{target: 8080, published: &p 8080}]\n    environment: {P: *p}\n",
      ),
    ],
    reason: /also change services\.devlake\.environment\.P/,
  },
  {
    name: "extends another file",
    sources: [compose("services:\n  devlake:\n    extends: {file: common.yml, service: base}\n")],
    reason: /extends base of common\.yml: host port 8080 must be moved in that file/,
    line: 3,
  },
  {
    name: "extends a service of this file",
    sources: [
      compose("services:\n  base:\n    image: x\n    ports: ['8080:8080']\n  devlake:\n    extends: base\n"),
    ],
    reason: /declared by service base, which devlake extends/,
    line: 4,
  },
  {
    name: "is extended by another service",
    sources: [
      compose(
        "services:\n  devlake:\n    image: x\n    ports: ['8080:8080']\n  b:\n    extends: {service: devlake}\n",
      ),
    ],
    reason: /b extends devlake and would move too/,
  },
  {
    name: "declared by an included file",
    sources: [compose("include:\n  - path: [devlake.yml]\n  - more/other.yml\nservices: {}\n")],
    reason: /includes devlake\.yml, more\/other\.yml: host port 8080 must be moved there/,
    line: 2,
  },
  {
    name: "a second document",
    sources: [compose(`${withPorts("\n      - 8080:8080")}---\nservices: {}\n`)],
    reason: /second YAML document from line 9/,
    line: 9,
  },
  {
    name: "invalid YAML",
    sources: [compose("services:\n  devlake:\n    ports: ['8080:8080'\n  x: 1\n")],
    reason: /not valid YAML at line \d+, column \d+/,
  },
  {
    name: "a tab for indentation",
    sources: [compose("services:\n\tdevlake: {}\n")],
    reason: /not valid YAML at line 2, column 1/,
    line: 2,
  },
  { name: "endless nesting", sources: [compose("[".repeat(50_000))], reason: /not valid YAML/ },
  {
    name: "a repeated key",
    sources: [compose("services:\n  devlake: {}\n  devlake: {}\n")],
    reason: /not valid YAML at line 3.*DUPLICATE_KEY/,
    line: 3,
  },
  {
    name: "an anchor within itself",
    sources: [compose("services: &s\n  a: *s\n")],
    reason: /aliases .* multiply/,
  },
  {
    name: "aliases that multiply",
    sources: [
      compose(
        `x0: &x0 [a]\n${Array.from({ length: 20 }, (_, i) => `x${i + 1}: &x${i + 1} [*x${i}, *x${i}, *x${i}]\n`).join("")}`,
      ),
    ],
    reason: /aliases .* multiply/,
  },
  {
    name: "merge keys that multiply",
    sources: [
      compose(
        `x0: &x0 {a: 1}\n${Array.from({ length: 40 }, (_, i) => `x${i + 1}: &x${i + 1}\n  <<: [*x${i}, *x${i}]\n`).join("")}`,
      ),
    ],
    reason: /aliases .* multiply/,
  },
  {
    name: "an alias of nothing",
    sources: [compose(`${withPorts("\n      - 8080:8080")}    labels: *labels\n`)],
    reason: /line 9: the alias \*labels has no anchor before it; correct it first/,
    line: 9,
  },
  {
    name: "an alias before its anchor",
    sources: [compose("x-a: *a\nx-b: &a {}\nservices: {}\n")],
    reason: /line 1: the alias \*a has no anchor/,
    line: 1,
  },
  {
    name: "a merge of what is no map",
    sources: [compose("x-a: &a [{}, text]\nservices:\n  devlake:\n    <<: *a\n")],
    reason: /line 4: << takes maps only/,
    line: 4,
  },
  {
    name: "a merge of nothing",
    sources: [compose("services:\n  devlake:\n    <<: [{}, *a]\n")],
    reason: /line 3: the alias \*a has no anchor/,
    line: 3,
  },
  { name: "a huge file", sources: [compose(`# ${"x".repeat(200_000)}`)], reason: /larger than 128 KiB/ },
  {
    name: "an open quote in .env",
    sources: [one("8080:8080"), env('A=1\nB="x\n')],
    reason: /quote opened in \.env line 2/,
    path: ".env",
    line: 2,
  },
  {
    name: "a new port that another service has",
    sources: [one("8080:8080")],
    moves: [{ ...backend, to: 9090 }],
    reason: /host port 9090 .* is taken by service other in docker-compose\.yml line 8/,
  },
  {
    name: "two moves to one port",
    sources: [one("8080:8080")],
    moves: [backend, { service: "other", from: 9090, to: 8085, target: 8080 }],
    reason: /taken by the move of service devlake/,
  },
  {
    name: "a port that is none",
    sources: [one("8080:8080")],
    moves: [{ ...backend, to: 65_536 }],
    reason: /65536 is not a host port/,
  },
  {
    name: "a move to itself",
    sources: [one("8080:8080")],
    moves: [{ ...backend, to: 8080 }],
    reason: /is where it should go/,
  },
  { name: "one file twice", sources: [one("8080:8080"), one("8080:8080")], reason: /given twice/ },
  {
    name: "one variable for two services that part",
    sources: [
      compose("services:\n  devlake:\n    ports: ['${P}:8080']\n  b:\n    ports: ['${P}:1/udp']\n"),
      env("P=8080\n"),
    ],
    moves: [backend, { service: "b", from: 8080, to: 8086, target: 1 }],
    reason: /two moves want different values/,
  },
];

describe("movePublishedPorts refuses", () => {
  it.each(cases)(
    "$name",
    ({ sources, environment = new Map<string, string>(), moves = [backend], ...want }) => {
      const request: EditRequest = { sources, environment, moves };

      const outcome = movePublishedPorts(request);

      if (outcome.kind !== "refused")
        expect.fail(`edited: ${outcome.files.map((file) => file.after).join("\n")}`);
      const reasons = outcome.refusals.map((refusal) => refusal.reason);
      expect(reasons.join("\n")).toMatch(want.reason);
      expect(outcome.refusals[0]?.path).toBe(want.path ?? sources[0]?.path);
      if (want.line !== undefined) expect(outcome.refusals[0]?.line).toBe(want.line);
      for (const reason of reasons) expect(reason).toMatch(/^[^A-Z].*[^.]$|^P /s);
    },
  );

  it("names no value of another variable", () => {
    const sources = [one("${P}:8080"), env('P=x8080\nENCRYPTION_SECRET="canary"\nOPEN="canary\n')];

    const outcome = movePublishedPorts({ sources, environment: new Map(), moves: [backend] });

    expect(outcome.kind).toBe("refused");
    expect(JSON.stringify(outcome)).not.toContain("canary");
  });
});
