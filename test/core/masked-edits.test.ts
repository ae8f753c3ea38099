import { expect, test } from "vitest";
import { movePublishedPorts } from "../../src/targets/local/compose-edit/move-published-ports.ts";
import type { ComposeSource } from "../../src/targets/local/compose-edit/types.ts";
import { composeSettings } from "../../src/targets/local/masking/compose-settings.ts";
import { knownSecretsOf } from "../../src/core/masking/known-secrets.ts";
import { maskSource } from "../../src/targets/local/masking/mask-source.ts";
import { createRedactor } from "../../src/core/masking/redact.ts";
import { parseEnv } from "../../src/targets/local/inspect/files/compose-sources.ts";

interface Fixture {
  readonly compose: string;
  readonly env?: string;
  /** Port of the container; 8080 when left out. */
  readonly target?: number;
}

/** Plans are made on masked files and carried out on real ones: masking must not change what is read in them. */
const fixtures: Readonly<Record<string, Fixture>> = {
  "a password that is a service's name": {
    compose: `services:
  store:
    image: postgres:13
    environment: { POSTGRES_USER: store, POSTGRES_PASSWORD: store }
  devlake:
    image: apache/devlake:v1.0.1
    ports: ["8080:8080"]
    depends_on: [store]
`,
  },
  "a password that is a service's name, and another that is a part of one": {
    compose: `services:
  platform-lake:
    image: mysql:8
    environment: { MYSQL_ROOT_PASSWORD: platform-lake, ADMIN_PASS: platform }
  devlake:
    image: apache/devlake:v1.0.1
    ports: ["8080:8080"]
  platform-lake-2:
    image: busybox
`,
  },
  "a variable whose name speaks of access": {
    compose: 'services:\n  devlake:\n    image: x/oauth:v7\n    ports: ["${AUTHGATE_PORT:-8080}:4180"]\n',
    env: "AUTHGATE_PORT=8080\n",
    target: 4180,
  },
  "a quoted value with a comment behind it": {
    compose: 'services:\n  devlake:\n    image: x\n    ports: ["${LAKE_PORT}:8080"]\n',
    env: 'LAKE_PORT="8080" # the api\nDB_PW="s3cret value"   # never change\n',
  },
  "merged fragments and extensions": {
    compose: `x-base: &base
  restart: unless-stopped
  logging: { driver: json-file, options: { max-size: "10m" } }
x-ports: &ports ["127.0.0.1:8080:8080"]
x-env: &env
  TZ: Europe/Oslo
  DB_PW: s3cret-value
services:
  devlake:
    <<: *base
    image: \${REGISTRY:-registry.example.com}/devlake:\${TAG:?set TAG to a version}
    ports: *ports
    environment:
      <<: *env
      MYSQL_USER: merico
`,
  },
  "long entries with variables": {
    compose: `services:
  devlake:
    image: x
    ports:
      - name: api
        target: 8080
        published: \${API_PORT:-8080}
        protocol: tcp
    environment:
      - DB_URL=mysql://merico:s3cret@mysql:3306/lake?charset=utf8mb4
      - SEAT=row-12-seat
`,
  },
  "Grafana's root URL": {
    compose: `services:
  grafana:
    image: apache/devlake-dashboard:v1.0.2
    environment:
      GF_SERVER_ROOT_URL: http://localhost:\${UI_PORT:-8080}/grafana
      GF_SECURITY_ADMIN_PASSWORD: grafana
  devlake:
    image: apache/devlake-config-ui:v1.0.2
    ports: ["\${UI_PORT:-8080}:4000"]
`,
    target: 4000,
  },
  "Windows line ends, comments and quotes": {
    compose:
      "services:\r\n  devlake: # DB_PW=s3cret\r\n    image: 'x'\r\n    ports:\r\n      - '8080:8080' # was 8081\r\n    command: --db-pw s3cret --port 8080\r\n",
  },
  "a secret that is a port": {
    compose:
      'services:\n  devlake:\n    image: x\n    ports: ["8080:8080"]\n    environment: { PIN: 8080, DB_PASSWORD: "8080" }\n',
  },
};

test.each(Object.entries(fixtures))(
  "a port is moved alike in the file and in what is shown of it: %s",
  (_name, fixture) => {
    const { compose, env = "", target = 8080 } = fixture;
    const real: readonly ComposeSource[] = [
      { path: "docker-compose.yml", role: "compose", text: compose },
      { path: ".env", role: "env", text: env },
    ];
    const redact = createRedactor(
      knownSecretsOf(
        [...parseEnv(env), ...composeSettings(compose)],
        new Set(["devlake", "store", "platform-lake"]),
      ),
    );
    const masked = (sources: readonly ComposeSource[]): readonly ComposeSource[] =>
      sources.map((source) => ({
        ...source,
        text: maskSource(source.text, source.role === "compose" ? "compose" : "env", redact),
      }));
    const move = (sources: readonly ComposeSource[]) =>
      movePublishedPorts({
        sources,
        moves: [
          {
            service: "devlake",
            from: 8080,
            to: 8099,
            target,
            protocol: "tcp",
          },
        ],
        environment: new Map(),
        rootUrlFollows: ["devlake"],
      });

    const [before, after] = [move(real), move(masked(real))];

    if (before.kind !== "edited" || after.kind !== "edited") throw new Error(JSON.stringify([before, after]));
    const wanted = before.files.map(
      ({ path, after: text }) => ({ path, role: path === ".env" ? "env" : "compose", text }) as const,
    );
    expect(after.files.map(({ path, after: text }) => [path, text])).toEqual(
      masked(wanted).map(({ path, text }) => [path, text]),
    );
    expect(after.notes).toEqual(before.notes);
    expect(
      masked(real)
        .map(({ text }) => text)
        .join(""),
    ).not.toContain("s3cret");
  },
);
