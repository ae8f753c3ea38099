import { chmod, copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { execa } from "execa";
import { repositoryRoot } from "../e2e/checkout.ts";

const builder = `
  const { mkdirSync, writeFileSync } = require("node:fs");
  const directory = process.argv[process.argv.indexOf("--dir") + 1];
  mkdirSync(directory, { recursive: true });
  writeFileSync(directory + "/main.js", "console.log('ours ran')");
`;

/**
 * Our launcher and npm settings with packages of the test's own, so that a set-up takes no network and a
 * second: `rolldown` builds a program that says "ours ran"; `planted`, like the extension itself, has every
 * install script that npm knows, each of which writes `ran`.
 */
export async function tinyExtension(parent: string, ran: string): Promise<string> {
  const root = join(parent, "gh-devlake");
  await mkdir(join(root, "src"), { recursive: true });
  for (const file of ["gh-devlake", ".npmrc"]) await copyFile(join(repositoryRoot, file), join(root, file));
  for (const file of ["tsconfig.json", "rolldown.config.ts"]) await writeFile(join(root, file), "");
  const touch = `echo "$npm_lifecycle_event of $npm_package_name" >>'${ran}'`;
  const scripts = { preinstall: touch, install: touch, postinstall: touch, prepare: touch };
  await pack(root, { name: "planted", version: "1.0.0", scripts });
  await pack(
    root,
    { name: "rolldown", version: "1.0.0" },
    { "bin/cli.mjs": "import './cli.cjs';", "bin/cli.cjs": builder },
  );
  const dependencies = { planted: "file:planted.tgz", rolldown: "file:rolldown.tgz" };
  await writeJson(join(root, "package.json"), {
    name: "gh-devlake-repair",
    version: "1.0.0",
    scripts,
    dependencies,
  });
  await npm(root, ["install", "--package-lock-only", "--offline"]);
  // npm 10 runs `prepare` of what it packs, whatever it is told.
  await rm(ran, { force: true });
  return root;
}

async function pack(
  root: string,
  manifest: { readonly name: string; readonly [field: string]: unknown },
  files: Readonly<Record<string, string>> = {},
): Promise<void> {
  const source = join(root, "..", "packed", manifest.name);
  await mkdir(join(source, "bin"), { recursive: true });
  await writeJson(join(source, "package.json"), manifest);
  for (const [name, text] of Object.entries(files)) await writeFile(join(source, name), text);
  const { stdout } = await npm(root, ["pack", "--ignore-scripts", "--silent", source]);
  await copyFile(join(root, stdout.trim()), join(root, `${manifest.name}.tgz`));
}

function npm(cwd: string, args: readonly string[]) {
  return execa("npm", args, { cwd, env: { npm_config_ignore_scripts: "true" } });
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFile(file, JSON.stringify(value));
}

/** Writes an executable script. */
export async function putScript(file: string, text: string): Promise<void> {
  await writeFile(file, `#!/bin/sh\n${text}\n`);
  await chmod(file, 0o755);
}
