import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createComposeCli } from "../../src/adapters/compose/compose-cli.ts";
import type { ComposeRunOptions } from "../../src/targets/local/ports/compose.ts";

/** A directory of strangers' files, and beside it one for the user's programs. */
function checkout(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "compose-children-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  const [directory, bin] = [join(root, "lake"), join(root, "bin")];
  for (const each of [directory, bin]) mkdirSync(each);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return { root, directory, bin };
}

/** A program in an absolute directory of PATH that writes down that it ran, and with which environment. */
function recording(bin: string, name: string): () => string {
  const mark = join(bin, `${name}.ran`);
  writeFileSync(join(bin, name), `#!/bin/sh\necho "$0 $*" >> "${mark}"\nexport >> "${mark}"\nexit 1\n`);
  chmodSync(join(bin, name), 0o755);
  return () => (existsSync(mark) ? readFileSync(mark, "utf8") : "");
}

const withPath = (bin: string, more: Readonly<Record<string, string>> = {}) => ({
  ...process.env,
  PATH: `${bin}:${process.env["PATH"]}`,
  ...more,
});

function options(directory: string): ComposeRunOptions {
  const signal = new AbortController().signal;
  return { directory, project: "lake", timeoutMs: 60_000, signal, onLine: () => undefined };
}

describe("Compose as we start it", () => {
  it("has nothing of ours to put into a container", async () => {
    const { directory } = checkout({
      "compose.yaml": `services:
  a:
    image: x
    environment:
      SIGN: "\${GH_DEVLAKE_SIGNING_KEY}"
      MODEL: "\${GH_DEVLAKE_MODEL_API_KEY:-}"
      GH_DEVLAKE_SIGNING_KEY:
      THEIRS: "\${USERS_OWN}"
`,
    });
    const env = { GH_DEVLAKE_SIGNING_KEY: "canary", GH_DEVLAKE_MODEL_API_KEY: "canary", USERS_OWN: "theirs" };

    expect(await createComposeCli({ ...process.env, ...env }).config(directory)).toMatchObject({
      model: { services: [{ environment: { SIGN: "", MODEL: "", THEIRS: "theirs" } }] },
    });
    expect(
      JSON.stringify(await createComposeCli({ ...process.env, ...env }).config(directory)),
    ).not.toContain("canary");
  });

  it("fetches no include from a git server or a registry, whatever .env and the shell say", async () => {
    let connections = 0;
    const registry = createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => void registry.close());
    const address = registry.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const on = "COMPOSE_EXPERIMENTAL_GIT_REMOTE=1\nCOMPOSE_EXPERIMENTAL_OCI_REMOTE=1\n";
    const shell = { COMPOSE_EXPERIMENTAL_GIT_REMOTE: "1", COMPOSE_EXPERIMENTAL_OCI_REMOTE: "1" };

    for (const include of [
      `http://127.0.0.1:${port}/y.git`,
      "https://github.com/x/y.git",
      `oci://127.0.0.1:${port}/x`,
    ]) {
      const { directory, bin } = checkout({
        ".env": on,
        "compose.yaml": `include: ["${include}"]\nservices: {a: {image: x}}\n`,
      });
      const git = recording(bin, "git");
      expect((await createComposeCli(withPath(bin, shell)).config(directory)).kind).toBe("invalid");
      const started = await createComposeCli(withPath(bin)).createMissing(options(directory), ["a"]);
      expect(started.kind).toBe("failed");
      expect(git()).toBe("");
    }
    expect(connections).toBe(0);
  });

  it("gives what it starts nothing from .env that makes programs run code", async () => {
    const { directory, bin } = checkout({
      ".env": "LD_PRELOAD=./x.so\nBASH_ENV=./x.sh\nSSH_ASKPASS=./x\nSSH_ASKPASS_REQUIRE=force\nOTHER=1\n",
      "compose.yaml": "services: {a: {image: x}}\n",
    });
    const ssh = recording(bin, "ssh");

    const compose = createComposeCli(withPath(bin, { DOCKER_HOST: "ssh://nowhere.invalid" }));
    const outcome = await compose.createMissing(options(directory), ["a"]);

    expect(outcome.kind).toBe("failed");
    expect(ssh()).toContain("nowhere.invalid");
    expect(ssh()).not.toMatch(/\.\/x|SSH_ASKPASS_REQUIRE='?"?force/);
  });

  it("builds nothing, so that no line of a Dockerfile runs", async () => {
    const { directory } = checkout({
      Dockerfile: 'FROM scratch\nRUN ["/canary"]\n',
      "compose.yaml": "name: compose-children-build\nservices: {a: {build: .}}\n",
    });
    const lines: string[] = [];
    const compose = createComposeCli(process.env);
    // The project's network is made before the image is missed.
    onTestFinished(() => void execFileSync("docker", ["compose", "-p", "compose-children-build", "down"]));

    const outcome = await compose.createMissing(
      {
        ...options(directory),
        project: "compose-children-build",
        onLine: (line) => void lines.push(line),
      },
      ["a"],
    );

    expect(outcome).toMatchObject({ kind: "failed", stderr: expect.stringContaining("No such image") });
    expect(lines.join("\n")).not.toContain("canary");
  });
});
