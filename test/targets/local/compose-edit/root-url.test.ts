import { describe, expect, it } from "vitest";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import type { ComposeSource } from "../../../../src/targets/local/compose-edit/types.ts";
import { compose, env } from "./dialects.ts";

const move = { service: "config-ui", from: 4000, to: 4004, target: 4000 };

function project(grafana: string): ComposeSource {
  return compose(`services:\n  grafana:\n${grafana}\n  config-ui:\n    ports: ["4000:4000"]\n`);
}

function moved(sources: readonly ComposeSource[], environment = new Map<string, string>()) {
  const outcome = movePublishedPorts({ sources, environment, moves: [move], rootUrlFollows: ["config-ui"] });
  if (outcome.kind === "refused") throw new Error(outcome.refusals.map(({ reason }) => reason).join("\n"));
  const texts = new Map(outcome.files.map((file) => [file.path, file.after]));
  return { texts, notes: outcome.notes.map(({ message, path, line }) => `${path}:${line} ${message}`) };
}

describe("GF_SERVER_ROOT_URL", () => {
  it.each([
    [
      "map, plain",
      "    environment:\n      GF_SERVER_ROOT_URL: http://localhost:4000/grafana # x",
      "localhost:4004/grafana # x",
    ],
    [
      "map, quoted",
      "    environment: { GF_SERVER_ROOT_URL: 'http://127.0.0.1:4000/' }",
      "'http://127.0.0.1:4004/'",
    ],
    ["list", "    environment:\n    - GF_SERVER_ROOT_URL=http://[::1]:4000", "URL=http://[::1]:4004\n"],
    [
      "list, quoted",
      '    environment: ["GF_SERVER_ROOT_URL=https://LOCALHOST:4000/g"]',
      "https://LOCALHOST:4004/g",
    ],
    [
      "default",
      '    environment: { GF_SERVER_ROOT_URL: "http://${H:-localhost}:${P:-4000}/g" }',
      "http://${H:-localhost}:${P:-4004}/g",
    ],
  ])("follows config-ui on a loopback host: %s", (_, grafana, wanted) => {
    const { texts, notes } = moved([project(grafana)]);

    expect(texts.get("docker-compose.yml")).toContain(wanted);
    expect(notes).toEqual([]);
  });

  it.each([
    ["loaded by env_file", "    env_file: .env"],
    ["handed on in a list", "    environment: [GF_SERVER_ROOT_URL]"],
    ["handed on in a map", "    environment:\n      GF_SERVER_ROOT_URL:"],
    ["interpolated", "    environment: { GF_SERVER_ROOT_URL: '${GF_SERVER_ROOT_URL}' }"],
  ])("follows within .env: %s", (_, grafana) => {
    const before = "SECRET='s#1'\r\nGF_SERVER_ROOT_URL=http://localhost:4000/grafana # here\r\n";

    const { texts } = moved([project(grafana), env(before)]);

    expect(texts.get(".env")).toBe(before.replace("4000", "4004"));
  });

  it("leaves a .env value alone that reaches no container", () => {
    const { texts } = moved([project("    image: g"), env("GF_SERVER_ROOT_URL=http://localhost:4000\n")]);

    expect([...texts.keys()]).toEqual(["docker-compose.yml"]);
  });

  it.each([
    [
      "another host",
      "http://devlake.example.com:4000/grafana",
      /names the host devlake\.example\.com .*4000 to 4004/,
    ],
    ["another host without a port", "https://devlake.example.com/grafana", /must follow the move/],
    [
      "a port from the process",
      "http://localhost:${P}/grafana",
      /still says port 4000, because P is set in the process/,
    ],
    [
      "escapes",
      String.raw`http:\/\/localhost:4000/grafana`,
      /still says port 4000, because it is written with escapes/,
    ],
  ])("is left alone with a note: %s", (_, url, note) => {
    const sources = [project(`    environment:\n      GF_SERVER_ROOT_URL: "${url}"`)];

    const { texts, notes } = moved(sources, new Map([["P", "4000"]]));

    expect(texts.get("docker-compose.yml")).toContain(url);
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^docker-compose\.yml:4 GF_SERVER_ROOT_URL /);
    expect(notes[0]).toMatch(note);
  });

  it("asks for a port where the default port moves", () => {
    const sources = [
      compose(
        "services:\n  grafana:\n    environment: { GF_SERVER_ROOT_URL: http://localhost/g }\n  config-ui:\n    ports: ['80:4000']\n",
      ),
    ];

    const outcome = movePublishedPorts({
      sources,
      environment: new Map(),
      moves: [{ ...move, from: 80 }],
      rootUrlFollows: ["config-ui"],
    });

    expect(outcome).toMatchObject({
      notes: [{ message: expect.stringContaining("write http://localhost:4004 there") }],
    });
  });

  it.each([
    ["another port", "http://localhost:3002/grafana"],
    ["Grafana's own template", "%(protocol)s://%(domain)s:4000/"],
    ["a host that only starts like a loopback", "4000"],
  ])("does not touch %s", (_, url) => {
    const { texts, notes } = moved([project(`    environment:\n      GF_SERVER_ROOT_URL: "${url}"`)]);

    expect(texts.get("docker-compose.yml")).toContain(`GF_SERVER_ROOT_URL: "${url}"`);
    expect(notes).toEqual([]);
  });

  it("stays when no service is followed", () => {
    const sources = [project("    environment:\n      GF_SERVER_ROOT_URL: http://localhost:4000/")];

    const outcome = movePublishedPorts({ sources, environment: new Map(), moves: [move] });

    expect(outcome).toMatchObject({
      kind: "edited",
      files: [{ changes: [{ from: "4000", to: "4004", line: 6 }] }],
    });
  });
});

describe("a variable in .env", () => {
  it("is noted when containers load the file as well", () => {
    const sources = [
      compose("services:\n  devlake:\n    env_file:\n      - path: ./.env\n    ports: ['${API}:8080']\n"),
      env("# x\nAPI=8080\n"),
    ];
    const moves = [{ service: "devlake", from: 8080, to: 8085, target: 8080 }];

    const outcome = movePublishedPorts({ sources, environment: new Map(), moves });

    expect(outcome).toMatchObject({
      kind: "edited",
      notes: [{ path: ".env", line: 2, message: "API also reaches the containers of devlake by env_file" }],
    });
  });
});
