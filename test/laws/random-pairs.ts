import { parse, stringify } from "yaml";
import * as fc from "../seeded-fast-check.ts";
import type { ContainerState } from "../../src/targets/local/facts/fact-values.ts";
import * as worlds from "../fakes/broken-worlds.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";
import { fakeImage } from "../fakes/fake-made.ts";
import { serviceNames } from "../fakes/random-worlds.ts";

/*
 * Pairs of a model and containers that were made from an older one: the files are edited, the containers stop or go,
 * and the engine loses what it had.
 */

type Service = Record<string, unknown> & { environment?: Record<string, string>; volumes?: string[] };

interface File {
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
  networks?: Record<string, unknown>;
}

interface Edit {
  readonly change: (file: File) => void;
  readonly toString: () => string;
}

const service = fc.constantFrom(...serviceNames);

function onService(what: string, change: (service: Service) => void): fc.Arbitrary<Edit> {
  return service.map((name) => ({
    change: ({ services }) => {
      const found = services[name];
      if (found !== undefined) change(found);
    },
    toString: () => `${name}: ${what}`,
  }));
}

const portTexts = {
  mysql: ["3306:3306", "127.0.0.1:3306:3306", "3310:3306", "13306:3306/udp"],
  grafana: ["3002:3000", "127.0.0.1:3002:3000", "3010:3000"],
  devlake: ["8080:8080", "127.0.0.1:8080:8080", "8090:8080", "[::1]:8080:8080"],
  "config-ui": ["4000:4000", "127.0.0.1:4000:4000", "4010:4000"],
} as const;

const ports: fc.Arbitrary<Edit> = service.chain((name) =>
  fc.subarray<string>([...portTexts[name]], { maxLength: 2 }).map((chosen) => ({
    change: ({ services }) => {
      const found = services[name];
      if (found !== undefined) found["ports"] = chosen;
    },
    toString: () => `${name}: ports ${chosen.join(", ")}`,
  })),
);

const values: Readonly<Record<string, readonly unknown[]>> = {
  command: ["server", ["run", "--fast"]],
  entrypoint: [["/entry"]],
  user: ["1000", "root"],
  working_dir: ["/app"],
  hostname: ["other"],
  restart: ["always", "unless-stopped", "no"],
  privileged: [true],
  cap_add: [["NET_ADMIN"]],
  labels: [{ "org.example.team": "platform" }],
};

const keys = fc.oneof(
  ...Object.entries(values).flatMap(([key, all]) =>
    all.map((value) => onService(`${key} ${JSON.stringify(value)}`, (edited) => void (edited[key] = value))),
  ),
);

const environment = fc
  .tuple(
    fc.constantFrom("TZ", "LD_PRELOAD", "LOGGING_DIR", "GF_SERVER_ROOT_URL", "MYSQL_PASSWORD"),
    fc.constantFrom("UTC", "/x.so", "another"),
  )
  .chain(([name, value]) =>
    onService(`environment ${name}`, (edited) => {
      edited.environment = { ...edited.environment, [name]: value };
    }),
  );

const mounts = fc.oneof(
  fc.constantFrom("./conf:/etc/conf", "extra:/extra", "/srv/x:/srv/x:ro").chain((mount) =>
    onService(`mount ${mount}`, (edited) => {
      if (edited.volumes?.includes(mount) !== true) edited.volumes = [...(edited.volumes ?? []), mount];
    }),
  ),
  onService("no volumes", (edited) => void delete edited.volumes),
  fc.constantFrom("mysql-storage", "grafana-storage").map((volume): Edit => ({
    change: (file) => void (file.volumes[volume] = { name: `renamed-${volume}` }),
    toString: () => `volume ${volume} renamed`,
  })),
);

const others = fc.oneof(
  onService("image", (edited) => void (edited["image"] = `${String(edited["image"])}-next`)),
  onService("network back", (edited) => void (edited["networks"] = ["default", "back"])),
  onService("only network back", (edited) => void (edited["networks"] = ["back"])),
  onService("unknown key", (edited) => void (edited["frobnicate"] = "hard")),
  fc.constantFrom("cache", "mailer").map((name): Edit => ({
    change: ({ services }) => {
      services[name] = { image: `${name}:7`, ports: ["6379:6379"], environment: { MODE: "x" } };
    },
    toString: () => `new service ${name}`,
  })),
  service.map((name): Edit => ({
    change: (file) => {
      if (name === "config-ui" || name === "grafana") delete file.services[name];
    },
    toString: () => `removed service ${name}`,
  })),
);

const recipe = fc.record({
  edits: fc.array(fc.oneof(ports, keys, keys, environment, environment, mounts, others), { maxLength: 3 }),
  env: fc.constantFrom<readonly string[]>(
    [],
    [],
    [],
    ["DB_URL"],
    ["ENCRYPTION_SECRET"],
    ["PORT"],
    ["NEW_ONE"],
  ),
  states: fc.array(
    fc.record({
      service,
      state: fc.constantFrom<ContainerState | "absent">(
        "absent",
        "absent",
        "exited",
        "created",
        "dead",
        "paused",
      ),
    }),
    { maxLength: 3 },
  ),
  taken: fc.constantFrom(undefined, undefined, undefined, undefined, 8080, 3002, 4000),
  second: fc.constantFrom(undefined, undefined, undefined, "leftover", "surplus", "other"),
  missingImage: fc.constantFrom(false, false, false, true),
  movedImage: fc.constantFrom(false, false, false, true),
  network: fc.constantFrom("there", "there", "there", "gone", "made again", "cut off"),
  generation: fc.constantFrom<26 | 29>(26, 29),
});
type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

/** A deployment whose files were edited after its containers were made. */
export const randomPair: fc.Arbitrary<{ readonly make: () => FakeWorld }> = recipe.map((parts) => ({
  make: () => cook(parts),
  toString: () => JSON.stringify({ ...parts, edits: parts.edits.map(String) }),
}));

function cook({ edits, env, states, taken, second, missingImage, movedImage, network, generation }: Recipe) {
  const world = worlds.healthyWorld();
  const { engine } = world;
  engine.generation = generation;
  for (const container of engine.containers.values())
    engine.containers.set(container.id, { ...container, mounts: container.service?.mounts ?? [] });
  for (const { service: name, state } of states) {
    const container = engine.ofService(world.project, name);
    if (container === undefined) continue;
    if (state === "absent") engine.containers.delete(container.id);
    else container.state = state;
  }
  const file = parse(worlds.composeText, { schema: "core" }) as File;
  const hasBack = edits.some((edit) => edit.toString().includes("network back"));
  for (const { change } of edits) change(file);
  if (hasBack) file.networks = { back: null };
  if (Object.values(file.services).some(({ volumes }) => volumes?.includes("extra:/extra")))
    file.volumes["extra"] = null;
  for (const other of Object.values(file.services))
    if (Array.isArray(other["depends_on"]))
      other["depends_on"] = other["depends_on"].filter((name) => String(name) in file.services);
  world.put("docker-compose.yml", stringify(file), 0o640);
  const lines = worlds.envText.split("\n").map((line) => {
    const [name = ""] = line.split("=");
    if (!env.includes(name)) return line;
    return name === "DB_URL" ? line.replace("/lake", "/staging") : `${name}=ANOTHERANOTHERANOTHER`;
  });
  world.put(".env", [...lines, ...(env.includes("NEW_ONE") ? ["NEW_ONE=1", ""] : [])].join("\n"), 0o600);
  if (network === "gone") engine.networks.clear();
  if (network === "made again") {
    engine.networks.clear();
    engine.ensureNetwork(world.project);
  }
  if (network === "cut off")
    for (const name of ["devlake", "grafana"]) {
      const container = engine.ofService(world.project, name);
      if (container !== undefined) container.networkIds = [];
    }
  if (taken !== undefined && engine.isFree(taken)) worlds.takePort(world, taken, "process");
  if (second !== undefined)
    engine.add({
      name: {
        leftover: "0123456789ab_devlake-grafana-1",
        surplus: "devlake-grafana-2",
        other: "devlake-old-1",
      }[second],
      image: "x",
      project: world.project,
      service: second === "other" ? "old" : "grafana",
      state: "created",
    });
  const image = file.services["config-ui"]?.["image"];
  if (missingImage && typeof image === "string") engine.missingImages.add(image);
  const moved = file.services["mysql"]?.["image"];
  if (movedImage && typeof moved === "string") engine.movedImages.set(moved, fakeImage(`${moved} moved`));
  world.clock.pass(5_000);
  return world;
}
