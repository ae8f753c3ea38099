import { expect, test } from "vitest";
import { toContainerDetails, toNetworks, toStatus } from "../../../src/adapters/docker/docker-answers.ts";
import { statusAnswers } from "./docker-fake-engine.ts";

/** From dockerd 26.1.5 and Podman 5.4.2, cut to what is read. */
const inspected = {
  Id: "a1",
  Name: "/devlake-mysql-1",
  RestartCount: 3,
  State: { Status: "running", ExitCode: 0, StartedAt: "2026-11-30T16:36:54.575252123Z" },
  Config: { Image: "mysql:8", Labels: null, Env: null },
  HostConfig: { PortBindings: null, NetworkMode: "devlake_default" },
  NetworkSettings: {
    Ports: {},
    Networks: {
      devlake_default: { NetworkID: "n1", Aliases: ["devlake-mysql-1", "mysql"], DNSNames: ["mysql", "a1"] },
    },
  },
  Mounts: [
    {
      Type: "volume",
      Name: "devlake_mysql-storage",
      Source: "/var/lib/docker/volumes/devlake_mysql-storage/_data",
      Destination: "/var/lib/mysql",
    },
    { Type: "bind", Source: "/srv/init", Destination: "/docker-entrypoint-initdb.d" },
  ],
};

test("a container's last start, mounts and names on its networks", () => {
  expect(toContainerDetails(inspected)).toMatchObject({
    restarts: 3,
    startedAt: new Date("2026-11-30T16:36:54.575Z"),
    mounts: [
      { type: "volume", source: "devlake_mysql-storage", target: "/var/lib/mysql" },
      { type: "bind", source: "/srv/init", target: "/docker-entrypoint-initdb.d" },
    ],
    networks: [{ name: "devlake_default", id: "n1", aliases: ["devlake-mysql-1", "mysql", "a1"] }],
  });
});

test.each(["0001-01-01T00:00:00Z", "", "soon", undefined])("one that was never started: %j", (StartedAt) => {
  const details = toContainerDetails({
    ...inspected,
    State: { ...inspected.State, StartedAt },
    Mounts: null,
  });

  expect(details).not.toHaveProperty("startedAt");
  expect(details.mounts).toEqual([]);
});

test("when a container ended, and when a network was made, where the engine tells", () => {
  const State = { ...inspected.State, FinishedAt: "2026-11-30T20:56:28.42479926Z" };
  const network = { Id: "n1", Name: "bridge", Labels: null };

  expect(toContainerDetails({ ...inspected, State })).toMatchObject({
    finishedAt: new Date("2026-11-30T20:56:28.424Z"),
  });
  expect(toContainerDetails(inspected)).not.toHaveProperty("finishedAt");
  expect(toNetworks([{ ...network, Created: "2026-11-30T20:56:29.306291509Z" }, network])).toEqual([
    { id: "n1", name: "bridge", labels: {}, createdAt: new Date("2026-11-30T20:56:29.306Z") },
    { id: "n1", name: "bridge", labels: {} },
  ]);
});

test("the engine's clock, where it tells", () => {
  const { "/info": info, "/version": version } = statusAnswers;
  const told = { ...(info as object), SystemTime: "2026-11-30T17:42:34.123456789+01:00" };

  expect(toStatus(told, version)).toMatchObject({ time: new Date("2026-11-30T16:42:34.123Z") });
  expect(toStatus(info, version)).not.toHaveProperty("time");
});
