/**
 * Adds to package-lock.json the platform packages that it names as optional dependencies but has no
 * entry for. npm leaves out those that the registry at hand does not carry, and `npm ci` then refuses
 * the lock everywhere. Run it after every `npm install` that changes the lock: `npm run lockfile`.
 */
import { readFileSync, writeFileSync } from "node:fs";

interface LockedPackage {
  version?: string;
  dev?: boolean;
  engines?: { node?: string };
  optionalDependencies?: Record<string, string>;
  [key: string]: unknown;
}

const systems = ["aix", "android", "darwin", "freebsd", "linux", "linuxmusl", "netbsd", "openbsd", "win32"];
const file = "package-lock.json";
const lock = JSON.parse(readFileSync(file, "utf8")) as { packages: Record<string, LockedPackage> };
let added = 0;
for (const parent of Object.values({ ...lock.packages })) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`;
    if (lock.packages[key] !== undefined || !/^\d/.test(version)) continue;
    lock.packages[key] = platformPackage(name, version, parent);
    added += 1;
  }
}
const sorted = Object.entries(lock.packages).sort(([a], [b]) => (a === "" ? -1 : a.localeCompare(b, "en")));
writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, undefined, 2)}\n`);
console.log(`${added} platform packages added to ${file}`);

/** `@oxfmt/binding-linux-arm-gnueabihf` or `sdk-linuxmusl-x64` names its platform: os, cpu and, on Linux, libc. */
function platformPackage(name: string, version: string, parent: LockedPackage): LockedPackage {
  const words = (name.split("/")[1] ?? name).replace(/^binding-/, "").split("-");
  const at = words.findIndex((word) => systems.includes(word));
  const [system = "", cpu = "", suffix] = words.slice(Math.max(at, 0));
  const os = system === "linuxmusl" ? "linux" : system;
  const libc = system === "linuxmusl" ? "musl" : suffix;
  return {
    version,
    cpu: [cpu === "armeabi" ? "arm" : cpu],
    ...(parent.dev === true && { dev: true }),
    ...(os === "linux" && libc !== undefined && { libc: [libc.startsWith("musl") ? "musl" : "glibc"] }),
    license: "MIT",
    optional: true,
    os: [os],
    ...(parent.engines?.node !== undefined && { engines: { node: parent.engines.node } }),
  };
}
