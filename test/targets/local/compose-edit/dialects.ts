import { readFileSync } from "node:fs";
import type { ComposeSource, PortMove } from "../../../../src/targets/local/compose-edit/types.ts";

/** One way of writing a published port, with the exact text that must come out of moving it. */
export interface Dialect {
  readonly name: string;
  readonly sources: readonly ComposeSource[];
  readonly environment?: ReadonlyMap<string, string>;
  readonly moves: readonly PortMove[];
  readonly rootUrlFollows?: readonly string[];
  /** Lines that change, as `path: before -> after`. */
  readonly changed: readonly string[];
}

export const backend: PortMove = { service: "devlake", from: 8080, to: 8085, target: 8080 };

export function fixture(name: string): string {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8");
}

export function compose(text: string, path = "docker-compose.yml"): ComposeSource {
  return { path, text, role: "compose" };
}

export function env(text: string, path = ".env"): ComposeSource {
  return { path, text, role: "env" };
}

/** A project whose backend has this `ports:`, indented to stand under the service. */
export function withPorts(ports: string): string {
  return `services:\n  devlake:\n    image: devlake:v1 # ünïcödé ✓\n    ports:${ports}\n  other:\n    image: x\n    ports: ["9090:8080"]\n`;
}

function item(text: string, after: string, extra: Partial<Dialect> = {}): Dialect {
  return {
    name: text,
    sources: [compose(withPorts(`\n      - ${text}`))],
    moves: [backend],
    changed: [`docker-compose.yml:       - ${text} ->       - ${after}`],
    ...extra,
  };
}

function inEnv(portText: string, line: string, after: string, before = "", behind = ""): Dialect {
  return {
    name: `${portText} with ${JSON.stringify(line)}`,
    sources: [compose(withPorts(`\n      - ${portText}`)), env(`${before}${line}${behind}`)],
    moves: [backend],
    changed: [`.env: ${line} -> ${after}`],
  };
}

const bundle: readonly PortMove[] = [
  { service: "mysql", from: 3306, to: 3307, target: 3306 },
  { service: "grafana", from: 3002, to: 3004, target: 3000 },
  { service: "devlake", from: 8080, to: 8085, target: 8080 },
  { service: "config-ui", from: 4000, to: 4004, target: 4000 },
];

export const dialects: readonly Dialect[] = [
  item("8080:8080", "8085:8080"),
  item("'8080:8080'", "'8085:8080'"),
  item('"8080:8080"', '"8085:8080"'),
  item("8080:8080/tcp   # published\t", "8085:8080/tcp   # published\t"),
  item("127.0.0.1:8080:8080", "127.0.0.1:8085:8080"),
  item('"[::1]:8080:8080"', '"[::1]:8085:8080"'),
  item('"0.0.0.0:8080:8080/tcp"', '"0.0.0.0:8085:8080/tcp"'),
  item("{ target: 8080, published: 8080, mode: host }", "{ target: 8080, published: 8085, mode: host }"),
  item('{target: 8080, published: "8080"}', '{target: 8080, published: "8085"}'),
  item("!!str 8080:8080", "!!str 8085:8080"),
  item("&here 8080:8080", "&here 8085:8080"),
  item("${P:-8080}:8080", "${P:-8085}:8080"),
  item("${P-8080}:8080", "${P-8085}:8080"),
  item('"${P:-8080}:${P:-8080}"', '"${P:-8085}:${P:-8080}"'),
  item('"${P:-${Q:-8080}}:8080"', '"${P:-${Q:-8085}}:8080"'),
  item('"${BIND:-127.0.0.1}:8080:8080"', '"${BIND:-127.0.0.1}:8085:8080"'),
  item("${P:-8080}:8080", "${P:-8085}:8080", { name: "P set but empty", environment: new Map([["P", ""]]) }),
  item("${USE:+8080}:8080", "${USE:+8085}:8080", { environment: new Map([["USE", "1"]]) }),
  {
    name: "sexagesimal",
    sources: [compose(withPorts("\n      - 22:22"))],
    moves: [{ service: "devlake", from: 22, to: 23, target: 22 }],
    changed: ["docker-compose.yml:       - 22:22 ->       - 23:22"],
  },
  {
    name: "to more digits",
    sources: [compose(withPorts("\n      - 80:8080"))],
    moves: [{ ...backend, from: 80, to: 10_080 }],
    changed: ["docker-compose.yml:       - 80:8080 ->       - 10080:8080"],
  },
  {
    name: "long form as a block",
    sources: [compose(withPorts("\n      - target: 8080\n        published: 8080\n        protocol: tcp"))],
    moves: [backend],
    changed: ["docker-compose.yml:         published: 8080 ->         published: 8085"],
  },
  {
    name: "long form with a default",
    sources: [compose(withPorts('\n      - target: 8080\n        published: "${P:-8080}"'))],
    moves: [backend],
    changed: ['docker-compose.yml:         published: "${P:-8080}" ->         published: "${P:-8085}"'],
  },
  {
    name: "flow sequence",
    sources: [compose(withPorts(' [ "8080:8080", 9999:9999 ] # two'))],
    moves: [backend],
    changed: [
      'docker-compose.yml:     ports: [ "8080:8080", 9999:9999 ] # two ->     ports: [ "8085:8080", 9999:9999 ] # two',
    ],
  },
  {
    name: "tcp and udp, and both loopbacks",
    sources: [
      compose(
        withPorts(
          '\n      - "127.0.0.1:8080:8080"\n      - 8080:8080/udp\n      - "[::1]:8080:8080"\n      - 8443:8443',
        ),
      ),
    ],
    moves: [backend],
    changed: [
      'docker-compose.yml:       - "127.0.0.1:8080:8080" ->       - "127.0.0.1:8085:8080"',
      "docker-compose.yml:       - 8080:8080/udp ->       - 8085:8080/udp",
      'docker-compose.yml:       - "[::1]:8080:8080" ->       - "[::1]:8085:8080"',
    ],
  },
  {
    name: "udp alone",
    sources: [compose(withPorts("\n      - 8080:8080\n      - 8080:8080/udp"))],
    moves: [{ ...backend, protocol: "udp" }],
    changed: ["docker-compose.yml:       - 8080:8080/udp ->       - 8085:8080/udp"],
  },
  inEnv("${P}:8080", "P=8080", "P=8085"),
  inEnv("$P:8080", "P='8080' # api", "P='8085' # api", "# first\n", "\nSECRET=abc\n"),
  inEnv('"${P:?set it}:8080"', 'export P="8080"', 'export P="8085"', "SECRET=$$x\n"),
  inEnv("${P:-1}:8080", "P: 8080", "P: 8085"),
  inEnv("${P}:8080", "P = 8080\t", "P = 8085\t", "A=1\n\n", "\n\n"),
  {
    name: "two entries of one variable",
    sources: [compose(withPorts("\n      - ${P}:8080\n      - ${P}:8080/udp")), env("P=8080\n")],
    moves: [backend],
    changed: [".env: P=8080 -> P=8085"],
  },
  {
    name: "declared by the override file",
    sources: [
      compose("services:\n  devlake:\n    image: x\n"),
      compose('services:\n  devlake:\n    ports: ["8080:8080"]\n', "docker-compose.override.yml"),
    ],
    moves: [backend],
    changed: ['docker-compose.override.yml:     ports: ["8080:8080"] ->     ports: ["8085:8080"]'],
  },
  {
    name: "declared by both files",
    sources: [
      compose(withPorts("\n      - 8080:8080")),
      compose('services:\n  devlake:\n    ports: ["8080:8080"]\n', "docker-compose.override.yml"),
    ],
    moves: [backend],
    changed: [
      "docker-compose.yml:       - 8080:8080 ->       - 8085:8080",
      'docker-compose.override.yml:     ports: ["8080:8080"] ->     ports: ["8085:8080"]',
    ],
  },
  {
    name: "!override replaces what came before",
    sources: [
      compose(withPorts("\n      - 8080:8080")),
      compose(
        "services:\n  devlake:\n    ports: !override\n      - 8080:8080\n",
        "docker-compose.override.yml",
      ),
    ],
    moves: [backend],
    changed: ["docker-compose.override.yml:       - 8080:8080 ->       - 8085:8080"],
  },
  {
    name: "a whole service replaced by !override",
    sources: [
      compose(withPorts("\n      - 8080:8080")),
      compose("services:\n  devlake: !override\n    image: y\n    ports: ['8080:8080']\n", "o.yml"),
    ],
    moves: [backend],
    changed: ["o.yml:     ports: ['8080:8080'] ->     ports: ['8085:8080']"],
  },
  {
    name: "a service dropped by !reset does not hold the new port",
    sources: [
      compose(`${withPorts("\n      - 8080:8080")}  old:\n    image: x\n    ports: ["8085:1"]\n`),
      compose("services:\n  old: !reset null\n", "o.yml"),
    ],
    moves: [backend],
    changed: ["docker-compose.yml:       - 8080:8080 ->       - 8085:8080"],
  },
  {
    name: "an anchored list used once, by alias",
    sources: [compose("x-p: &p\n  - 8080:8080\nservices:\n  devlake:\n    image: x\n    ports: *p\n")],
    moves: [backend],
    changed: ["docker-compose.yml:   - 8080:8080 ->   - 8085:8080"],
  },
  {
    name: "a merge key used once",
    sources: [compose("x-b: &b\n  ports:\n  - 8080:8080\nservices:\n  devlake:\n    <<: *b\n    image: x\n")],
    moves: [backend],
    changed: ["docker-compose.yml:   - 8080:8080 ->   - 8085:8080"],
  },
  {
    name: "two services swap their ports",
    sources: [
      compose(
        'services:\n  devlake:\n    image: x\n    ports: ["8080:8080"]\n  b:\n    image: x\n    ports: ["8085:1"]\n',
      ),
    ],
    moves: [backend, { service: "b", from: 8085, to: 8080, target: 1 }],
    changed: [
      'docker-compose.yml:     ports: ["8080:8080"] ->     ports: ["8085:8080"]',
      'docker-compose.yml:     ports: ["8085:1"] ->     ports: ["8080:1"]',
    ],
  },
  {
    name: "DevLake's release files, the whole bundle",
    sources: [compose(fixture("release.docker-compose.yml.txt")), env(fixture("release.env.txt"))],
    moves: bundle,
    rootUrlFollows: ["config-ui"],
    changed: [
      "docker-compose.yml:       - 3306:3306 ->       - 3307:3306",
      "docker-compose.yml:       - 3002:3000 ->       - 3004:3000",
      'docker-compose.yml:       GF_SERVER_ROOT_URL: "http://localhost:4000/grafana" ->       GF_SERVER_ROOT_URL: "http://localhost:4004/grafana"',
      "docker-compose.yml:       - 8080:8080 ->       - 8085:8080",
      "docker-compose.yml:       - 4000:4000 ->       - 4004:4000",
    ],
  },
  {
    name: "DevLake's development file with anchors",
    sources: [compose(fixture("dev.docker-compose.yml.txt"))],
    moves: bundle,
    rootUrlFollows: ["config-ui"],
    changed: [
      'docker-compose.yml:       - "3306:3306"   # only used once ->       - "3307:3306"   # only used once',
      'docker-compose.yml:         published: "3002" ->         published: "3004"',
      "docker-compose.yml:       - GF_SERVER_ROOT_URL=http://localhost:${CONFIG_UI_PORT:-4000}/grafana ->       - GF_SERVER_ROOT_URL=http://localhost:${CONFIG_UI_PORT:-4004}/grafana",
      `docker-compose.yml:     ports: [ '127.0.0.1:8080:8080', "[::1]:8080:8080" ] ->     ports: [ '127.0.0.1:8085:8080', "[::1]:8085:8080" ]`,
      "docker-compose.yml:     - ${CONFIG_UI_PORT:-4000}:4000/tcp ->     - ${CONFIG_UI_PORT:-4004}:4000/tcp",
    ],
  },
  {
    name: "one variable for port and root URL",
    sources: [
      compose(fixture("dev.docker-compose.yml.txt")),
      env('CONFIG_UI_PORT="4000"\r\nENCRYPTION_SECRET="A#B"\r\n'),
    ],
    moves: bundle.slice(3),
    rootUrlFollows: ["config-ui"],
    changed: ['.env: CONFIG_UI_PORT="4000"\r -> CONFIG_UI_PORT="4004"\r'],
  },
  {
    name: "byte order mark, CRLF, no newline at the end",
    sources: [compose(`\uFEFF${withPorts("\n      - 8080:8080").replaceAll("\n", "\r\n").trimEnd()}`)],
    moves: [backend],
    changed: ["docker-compose.yml:       - 8080:8080\r ->       - 8085:8080\r"],
  },
];
