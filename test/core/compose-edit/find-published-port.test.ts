import { describe, expect, it } from "vitest";
import { findPublishedPort } from "../../../src/core/compose-edit/find-published-port.ts";
import { compose, env, fixture, withPorts } from "./dialects.ts";

describe("findPublishedPort", () => {
  it("shows where DevLake's release file publishes a port", () => {
    const sources = [compose(fixture("release.docker-compose.yml.txt"))];

    expect(findPublishedPort(sources, new Map(), "grafana", 3002)).toEqual([
      {
        path: "docker-compose.yml",
        line: 28,
        column: 9,
        raw: "3002:3000",
        target: 3000,
        protocol: "tcp",
        editable: true,
        reason: undefined,
      },
    ]);
  });

  it("shows every place of several files, as written", () => {
    const sources = [
      compose(withPorts('\n      - "${P}:8080"')),
      compose(
        "services:\n  devlake:\n    ports: [{target: 8080, published: 8080, protocol: udp}]\n",
        "o.yml",
      ),
      env("P=8080\n"),
    ];

    const found = findPublishedPort(sources, new Map(), "devlake", 8080);

    expect(found).toMatchObject([
      { path: "docker-compose.yml", line: 5, column: 9, raw: '"${P}:8080"', protocol: "tcp", editable: true },
      { path: "o.yml", line: 3, column: 39, raw: "8080", protocol: "udp", editable: true },
    ]);
  });

  it("says why a place cannot be edited", () => {
    const sources = [compose(withPorts("\n      - 8080-8082:8080-8082"))];

    const [found] = findPublishedPort(sources, new Map(), "devlake", 8081);

    expect(found).toMatchObject({ raw: "8080-8082:8080-8082", editable: false });
    expect(found?.reason).toContain("write the range as single ports first");
  });

  it("is not misled by the next port being taken", () => {
    const sources = [compose(withPorts('\n      - 8080:8080\n      - "8081:1"'))];

    expect(findPublishedPort(sources, new Map(), "devlake", 8080)).toMatchObject([{ editable: true }]);
  });

  it.each([
    ["another port", withPorts("\n      - 8081:8080")],
    ["no host port", withPorts("\n      - 8080")],
    ["invalid YAML", "services: ["],
  ])("finds nothing: %s", (_, text) => {
    expect(findPublishedPort([compose(text)], new Map(), "devlake", 8080)).toEqual([]);
  });
});
