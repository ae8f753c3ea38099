import * as fc from "../../../seeded-fast-check.ts";
import { createTwoFilesPatch } from "diff";
import { describe, expect, test } from "vitest";
import { isMap, parseDocument } from "yaml";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import { maskSource } from "../../../../src/targets/local/masking/mask-source.ts";
import { createRedactor } from "../../../../src/core/masking/redact.ts";
import { cpuMs } from "../../../cpu-time.ts";

const redact = createRedactor([]);
const maskCompose = (text: string): string => maskSource(text, "compose", redact);
const maskEnv = (text: string): string => maskSource(text, "env", redact);

function edit(text: string, from: number, to: number): string {
  const outcome = movePublishedPorts({
    sources: [{ path: "docker-compose.yml", role: "compose", text }],
    moves: [{ service: "devlake", from, to, target: 8080, protocol: "tcp" }],
    environment: new Map(),
    rootUrlFollows: [],
  });
  if (outcome.kind === "refused") throw new Error(outcome.refusals.map(({ reason }) => reason).join("; "));
  return outcome.files[0]?.after ?? text;
}

function diff(before: string, after: string): string {
  return createTwoFilesPatch("a", "a", before, after);
}

/** Every place where a secret may stand in a Compose file, with CANARY as the secret. */
const composePlaces: Readonly<Record<string, string>> = {
  plain: "services: { a: { image: x } }\nx-a:\n  DB_PASSWORD: CANARY\n",
  "double quoted": 'x-a:\n  DB_PASSWORD: "CANARY and CANARY"\n',
  "double quoted with escapes": 'x-a:\n  DB_PASSWORD: "CANARY\\" CANARY \\\\"\n',
  "single quoted": "x-a:\n  DB_PASSWORD: 'CANARY '' CANARY'\n",
  "quoted over lines": 'x-a:\n  DB_PASSWORD: "CANARY\n\n    CANARY\\\n    CANARY"\n  B: 1\n',
  "plain over lines": "x-a:\n  DB_PASSWORD: CANARY\n    CANARY\n  B: 1\n",
  literal: "x-a:\n  DB_PASSWORD: |\n    CANARY\n     CANARY\n\n    CANARY\n  B: 1\n",
  "literal with indicators": "x-a:\n  DB_PASSWORD: |2- # why\n      CANARY\n    CANARY\n",
  folded: "x-a:\n  DB_PASSWORD: >-\n    CANARY\n    CANARY\n",
  "flow map": "x-a: {A: 1, DB_PASSWORD: CANARY, B: 2}\n",
  "flow map, quoted": 'x-a: {"DB_PASSWORD": "CANARY", B: [1]}\n',
  "list form": "x-a:\n  - A=1\n  - DB_PASSWORD=CANARY\n",
  "list form, quoted": "x-a:\n  - \"DB_PASSWORD=CANARY\"\n  - 'GITHUB_PAT=CANARY x'\n",
  "flow list": "x-a: [DB_PASSWORD=CANARY, 'B=2']\n",
  "list of secrets": "API_TOKENS: [CANARY, 'CANARY']\nx-b:\n  TOKENS:\n    - CANARY\n",
  "anchor and alias": "x-pw: &pw CANARY\nx-a:\n  DB_PASSWORD: *pw\n",
  tagged: "x-a:\n  DB_PASSWORD: !!str &q CANARY\n",
  "default of a reference": "x-a:\n  DB_PASSWORD: ${DB_PASSWORD:-CANARY}\n",
  "trailing comment": "a: 1 # DB_PASSWORD: CANARY\n",
  "commented out": "a: 1\n#  - DB_PASSWORD=CANARY CANARY\n  # ADMIN_PASS: CANARY\n",
  URL: "x-a:\n  DB_URL: mysql://merico:CANARY@mysql:3306/lake\n",
  "URL in a command": 'command: ["lake", "--db=mysql://m:CANARY@mysql:3306/lake"]\n',
  flag: "command: run --password=CANARY --port 8080\n",
  "flag and value as items": 'command: ["mysqld", "--password", "CANARY", --api-key, CANARY, -p, 80]\n',
  "flag and value in a list": "command:\n  - run\n  - --admin-token\n  - 'CANARY'\n",
  "flag and value in one text": 'command: run --password CANARY -h x --token "CANARY CANARY"\n',
  "flag and value, anchored": "x-pw: &pw CANARY\ncommand: [run, --password, *pw]\n",
  "mysql's -p as an item": 'test: ["CMD", "/usr/bin/mysqladmin", ping, "-uroot", "-pCANARY"]\n',
  "flag in a comment": 'a: 1\n# command: ["--password", "CANARY"]\n',
  "command over lines": "command: >\n  run\n  --token=CANARY\n",
  JSON: 'x-a:\n  CONFIG: \'{"password":"CANARY"}\'\n',
  "private key under a harmless name":
    "x-a:\n  KEYFILE: |\n    -----BEGIN PRIVATE KEY-----\n    CANARY\n    -----END PRIVATE KEY-----\n",
  "Windows line ends": "x-a:\r\n  DB_PASSWORD: CANARY\r\n  B: |\r\n    TOKEN=CANARY\r\n",
};

describe("Compose sources", () => {
  test.each(Object.entries(composePlaces))("%s: masked, still the same YAML otherwise", (_name, text) => {
    const masked = maskCompose(text);

    expect(masked).not.toContain("CANARY");
    expect(masked.split("\n")).toHaveLength(text.split("\n").length);
    expect(masked.match(/\r/g)?.length).toBe(text.match(/\r/g)?.length);
    expect(parseDocument(masked).errors).toEqual([]);
    expect(maskCompose(masked)).toBe(masked);
  });

  test.each(Object.entries(composePlaces))("%s: masked too in a file that is no YAML", (_name, text) => {
    const masked = maskCompose(`services: [\n${text}`);

    // An anchor's use is not understood without parsing.
    if (!text.includes("&pw")) expect(masked).not.toContain("CANARY");
    expect(masked.split("\n")).toHaveLength(text.split("\n").length + 1);
  });

  test("what the plan needs stays as it is", () => {
    const text = `# PORT: 1
name: devlake
services:
  authproxy:
    image: "devlake.docker.scarf.sh/apache/devlake:v1.0.2" # pinned
    ports: ["127.0.0.1:8080:8080", 3002:3000, '\${DEVLAKE_PORT:-8080}:8080']
    environment:
      GF_SERVER_ROOT_URL: "http://localhost:4000/grafana"
      DEVLAKE_ENDPOINT: devlake:8080
      DB_PASSWORD: \${DB_PASSWORD}
      DB_URL: mysql://merico@mysql:3306/lake?charset=utf8mb4
    command: [mysqld, --port, "3306", --password, "\${DB_PASSWORD}", --skip-password, --user=x, -p]
    entrypoint: run -p 80 --password \${DB_PASSWORD} --port 8080
    secrets: [db_password]
    depends_on: [mysql]
secrets:
  db_password:
    file: ./db
volumes:
  mysql-storage:
`;

    expect(maskCompose(text)).toBe(text);
  });

  test("a diff of a port edit is the same before and after masking", () => {
    const port = fc.integer({ min: 1, max: 65_535 });
    const place = fc.constantFrom(
      ...Object.values(composePlaces).filter((text) => !/^(services|command)/m.test(text)),
    );
    fc.assert(
      fc.property(port, port, place, (from, to, secrets) => {
        fc.pre(from !== to);
        const text = `services:\n  devlake:\n    image: x\n    ports:\n      - "${from}:8080"\n${secrets}`;
        const edited = edit(text, from, to);

        expect(diff(maskCompose(text), maskCompose(edited))).toBe(
          diff(maskCompose(text), edit(maskCompose(text), from, to)),
        );
        expect(maskCompose(edited)).not.toBe(maskCompose(text));
      }),
      { numRuns: 200 },
    );
  });

  test("never throws, keeps the lines, and keeps YAML YAML, whatever the text", () => {
    const piece = fc.constantFrom(
      ..."a: ,b,PASSWORD: ,TOKEN=,x,\n,\n  ,  - ,\",',#, ,{,},[,],|\n,>-\n,&a ,*a,!!str ,\\,\r\n,\t,${X},%,://u:p@h".split(
        ",",
      ),
      ",",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const masked = maskCompose(text);

        expect(masked.split("\n")).toHaveLength(text.split("\n").length);
        const document = parseDocument(text);
        if (document.errors.length === 0 && isMap(document.contents))
          // Keys that hold secrets, `TOKEN=a: ` and `TOKEN=b: `, become the same: no less YAML, and no Compose file.
          expect(parseDocument(masked, { uniqueKeys: false }).errors).toEqual([]);
        maskEnv(text);
      }),
      { numRuns: 3000 },
    );
  });
});

test.each([
  ["keys", Array.from({ length: 12_000 }, (_, i) => `key${i}: 1\n`).join("")],
  ["aliases", `x-a: &a 1\nTOKENS: [${"*a, ".repeat(12_000)}]\n`],
  ["masked items", `a:\n${"  - PASSWORD=abc\n".repeat(6_000)}`],
])("many %s take less than 1.5 s", (_name, text) => {
  expect(cpuMs(() => maskCompose(text), 1)).toBeLessThan(1500);
});

describe(".env", () => {
  test.each([
    ["plain", "ENCRYPTION_SECRET=CANARY"],
    ["under any name", "FOO=CANARY"],
    ["exported, with blanks", "export FOO = CANARY CANARY"],
    ["double quoted", 'FOO="CANARY # CANARY"'],
    ["single quoted", "FOO='CANARY'"],
    ["with a comment behind it", "FOO=CANARY # why"],
    ["YAML style", "FOO: CANARY"],
    ["over lines", 'KEY="-----BEGIN PRIVATE KEY-----\nCANARY\n\\"CANARY\nCANARY"\nPORT=8080'],
    ["a quote that is never closed", 'KEY="CANARY\nB=CANARY'],
    ["a list below a quote that is never closed", 'KEY="x\n# CANARY\nCANARY=\n  CANARY\n\nPORT=CANARY'],
    ["a second value on a line", 'A="x" B="y\n# CANARY\nPORT: 8080"'],
    ["what looks like a value within one", 'A="x" B="y\n# 8080=CANARY\nCANARY=8080\n"'],
    ["a name with a blank", "MY NAME=CANARY\nPORT=8080"],
    ["a line that goes on", "FOO=x\n  CANARY-goes-on\n\nCANARY\r\n# done"],
    ["commented out", "# FOO=CANARY\n## BAR=CANARY"],
    ["URL", "DB_URL=mysql://merico:CANARY@mysql:3306/lake?parseTime=True"],
    ["webhook", "HOOK=https://hooks.example.com/services/T0/CANARY"],
    ["Windows line ends", "FOO=CANARY\r\nBAR=CANARY\r\n"],
    ["digits under a secret's name", "DB_PASSWORD=12345".replace("12345", "CANARY")],
  ])("%s", (_name, text) => {
    const masked = maskEnv(text);

    expect(masked).not.toContain("CANARY");
    expect(masked.split("\n")).toHaveLength(text.split("\n").length);
    expect(masked.match(/\r/g)?.length).toBe(text.match(/\r/g)?.length);
    expect(maskEnv(masked)).toBe(masked);
  });

  test("what cannot be a secret stays, under a name that is no secret's", () => {
    const text = [
      "PORT=8080",
      "DEVLAKE_PORT=8080 # web",
      "FORCE_MIGRATION=false",
      "API_TIMEOUT=120s",
      "MAPPING='127.0.0.1:8080:8080/tcp'",
      "HOST_IP=127.0.0.1",
      'GF_SERVER_ROOT_URL="http://localhost:4000/grafana"',
      "EMPTY=",
      "# Note: a sentence",
      "",
    ].join("\n");

    expect(maskEnv(text)).toBe(text);
    expect(maskEnv("DB_PASSWORD=8080")).toBe("DB_PASSWORD=<redacted>");
  });
});

test.each(["A=' ", 'A=" ', "a", " ", "#", "A= x", "#PASS=", "TOKEN=\n "])(
  "64 KiB of %j in .env take less than 250 ms",
  (unit) => {
    const text = unit.repeat(Math.ceil(65_536 / unit.length));

    expect(cpuMs(() => maskEnv(text))).toBeLessThan(250);
  },
);
