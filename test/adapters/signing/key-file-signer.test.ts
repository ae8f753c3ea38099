import { spawn } from "node:child_process";
import { createHash, createPublicKey, generateKeyPairSync, verify, type KeyObject } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openKeyFileSigner, readOwnPublicKey } from "../../../src/adapters/signing/key-file-signer.ts";
import { ownKeyPath, type KeyEnvironment } from "../../../src/adapters/signing/signing-key-path.ts";
import { RepairError } from "../../../src/core/errors.ts";

let home: string;
let where: KeyEnvironment;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "signing-key-"));
  where = { env: {}, homeDirectory: home, platform: "linux" };
});

afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

const ed25519 = generateKeyPairSync("ed25519").privateKey;

function privatePem(key: KeyObject): string {
  return key.export({ type: "pkcs8", format: "pem" }).toString();
}

function publicPem(key: KeyObject): string {
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}

async function keyFile(content: string, mode = 0o600): Promise<string> {
  const file = path.join(home, "key.pem");
  await writeFile(file, content);
  await chmod(file, mode);
  return file;
}

/** What was thrown: every refusal is a RepairError that says the way out and shows no key material. */
async function refusal(action: Promise<unknown>): Promise<string> {
  try {
    await action;
  } catch (thrown) {
    expect(thrown).toBeInstanceOf(RepairError);
    expect(thrown).toMatchObject({ code: "signing_key", hint: expect.stringMatching(/--key|openssl/) });
    return thrown instanceof RepairError ? `${thrown.message} | ${thrown.hint}` : "";
  }
  throw new Error("nothing was refused");
}

describe("the user's own key", () => {
  test("is made on first use, for its owner alone, and used again without writing anything", async () => {
    const file = path.join(home, ".config/gh-devlake/repair/signing-key.pem");
    const first = await openKeyFileSigner(where, undefined);
    const before = await stat(path.dirname(file), { bigint: true });
    const second = await openKeyFileSigner(where, undefined);

    expect((await stat(path.dirname(file), { bigint: true })).mtimeNs).toBe(before.mtimeNs);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
    expect(await readdir(path.dirname(file))).toEqual(["signing-key.pem"]);
    expect([first.created, second.created]).toEqual([true, false]);
    expect(second.publicKeyPem).toBe(first.publicKeyPem);
    expect(first.source).toEqual({ kind: "own", path: file, named: "your signing key" });
  });

  test("makes signatures that its public half accepts", async () => {
    const signer = await openKeyFileSigner(where, undefined);

    const { signature, publicKeyPem } = await signer.sign(Buffer.from("message"));

    const der = createPublicKey(publicKeyPem).export({ type: "spki", format: "der" });
    expect(signer.keyId).toBe(createHash("sha256").update(der).digest("hex"));
    expect(signature).toHaveLength(64);
    expect(verify(null, Buffer.from("message"), createPublicKey(publicKeyPem), signature)).toBe(true);
    expect(verify(null, Buffer.from("massage"), createPublicKey(publicKeyPem), signature)).toBe(false);
  });

  test("is one, however many processes make it at once", async () => {
    const module = path.resolve(import.meta.dirname, "../../../src/adapters/signing/key-file-signer.ts");
    const script = `
      const { openKeyFileSigner } = await import(${JSON.stringify(module)});
      process.stdout.write("ready\\n");
      for await (const _ of process.stdin);
      const signer = await openKeyFileSigner(${JSON.stringify(where)}, undefined);
      process.stdout.write(JSON.stringify([signer.created, signer.publicKeyPem]));`;
    const children = Array.from({ length: 8 }, () =>
      spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["pipe", "pipe", "inherit"] }),
    );
    // All wait on their input until every one has loaded, so that they meet at the file.
    await Promise.all(children.map(({ stdout }) => once(stdout, "data")));
    const outputs = children.map(({ stdout }) => text(stdout));
    for (const { stdin } of children) stdin.end();

    const answers = (await Promise.all(outputs)).map((output): unknown => JSON.parse(output));

    const created = answers.filter((answer) => Array.isArray(answer) && answer[0] === true);
    const keys = new Set(answers.map((answer) => (Array.isArray(answer) ? answer[1] : undefined)));
    expect(created).toHaveLength(1);
    expect(keys.size).toBe(1);
    expect(await readdir(path.join(home, ".config/gh-devlake/repair"))).toEqual(["signing-key.pem"]);
  });

  test("is not made by asking for its public half", async () => {
    expect(await readOwnPublicKey(where)).toBeUndefined();
    expect(await readdir(home)).toEqual([]);

    const { publicKeyPem } = await openKeyFileSigner(where, undefined);

    expect(await readOwnPublicKey(where)).toEqual({ pem: publicKeyPem, from: ownKeyPath(where) });
  });

  test("is never put in place of something that is there already", async () => {
    const file = ownKeyPath(where);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, "", { mode: 0o600 });

    const said = await refusal(openKeyFileSigner(where, undefined));

    expect(said).toContain(`your signing key "${file}" is empty | move the file away`);
    expect(await readFile(file, "utf8")).toBe("");
  });

  test("is not written through a dangling symlink", async () => {
    const file = ownKeyPath(where);
    await mkdir(path.dirname(file), { recursive: true });
    await symlink(path.join(home, "elsewhere"), file);

    expect(await refusal(openKeyFileSigner(where, undefined))).toContain("is a symlink");
    expect(await readdir(home)).toEqual([".config"]);
  });

  test("is not made where others can put another in its place", async () => {
    const directory = path.dirname(ownKeyPath(where));
    await mkdir(directory, { recursive: true });
    await chmod(directory, 0o777);

    expect(await refusal(openKeyFileSigner(where, undefined))).toContain(`run: chmod 700 "${directory}"`);
    expect(await readdir(directory)).toEqual([]);
  });

  test("that cannot be made is an error with the way out", async () => {
    await writeFile(path.join(home, ".config"), "a file where a directory should be");

    const said = await refusal(openKeyFileSigner(where, undefined));

    expect(said).toMatch(/cannot be made: ENOTDIR.* \| make ".*" writable for you, or give another key/);
  });

  test.each<[string, Partial<KeyEnvironment>, string]>([
    ["XDG_CONFIG_HOME", { env: { XDG_CONFIG_HOME: "/x" } }, "/x/gh-devlake/repair/signing-key.pem"],
    [
      "a relative XDG_CONFIG_HOME",
      { env: { XDG_CONFIG_HOME: "x" } },
      "/h/.config/gh-devlake/repair/signing-key.pem",
    ],
    [
      "an empty XDG_CONFIG_HOME",
      { env: { XDG_CONFIG_HOME: "" } },
      "/h/.config/gh-devlake/repair/signing-key.pem",
    ],
    ["macOS", { platform: "darwin" }, "/h/Library/Application Support/gh-devlake/repair/signing-key.pem"],
    [
      "Windows",
      { platform: "win32", env: { APPDATA: String.raw`C:\R` } },
      String.raw`C:\R\gh-devlake\repair\signing-key.pem`,
    ],
    [
      "Windows without APPDATA",
      { platform: "win32", homeDirectory: String.raw`C:\h` },
      String.raw`C:\h\AppData\Roaming\gh-devlake\repair\signing-key.pem`,
    ],
  ])("stands in the place that %s names", (_what, change, expected) => {
    expect(ownKeyPath({ env: {}, homeDirectory: "/h", platform: "linux", ...change })).toBe(expected);
  });
});

describe("a key that was named", () => {
  test("by --key wins over the environment, and the environment over the user's own", async () => {
    const file = await keyFile(privatePem(ed25519));
    const another = generateKeyPairSync("ed25519").privateKey;
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: privatePem(another) } };

    expect((await openKeyFileSigner(set, file)).publicKeyPem).toBe(publicPem(ed25519));
    expect((await openKeyFileSigner(set, undefined)).publicKeyPem).toBe(publicPem(another));
    expect(await readOwnPublicKey(set)).toEqual({
      pem: publicPem(another),
      from: "GH_DEVLAKE_SIGNING_KEY",
    });
    expect(await readdir(home)).toEqual(["key.pem"]);
  });

  test.each([
    ["PEM on several lines", (pem: string) => pem],
    ["PEM on one line with \\n", (pem: string) => pem.replaceAll("\n", "\\n")],
  ])("in the environment may be %s", async (_what, write) => {
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: write(privatePem(ed25519)) } };

    expect((await openKeyFileSigner(set, undefined)).publicKeyPem).toBe(publicPem(ed25519));
  });

  test("in the environment may be a path; an empty variable is an unset one", async () => {
    const file = await keyFile(privatePem(ed25519));
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: file } };
    const blank = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: " " } };

    expect((await openKeyFileSigner(set, undefined)).publicKeyPem).toBe(publicPem(ed25519));
    expect((await openKeyFileSigner(blank, undefined)).created).toBe(true);
  });

  test("in the environment may be no relative path, which a checkout could hold; it is not shown", async () => {
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: "keys/canary.pem" } };

    for (const open of [() => openKeyFileSigner(set, undefined), () => readOwnPublicKey(set)]) {
      const said = await refusal(open());
      expect(said).toContain("GH_DEVLAKE_SIGNING_KEY is neither a private key in PEM nor an absolute path");
      expect(said).not.toContain("canary");
    }
  });

  test.each([
    ["0604", 0o604],
    ["0640", 0o640],
    ["0620", 0o620],
  ])("is refused when others have access to it (%s), on POSIX only", async (octal, mode) => {
    const file = await keyFile(privatePem(ed25519), mode);

    expect(await refusal(openKeyFileSigner(where, file))).toContain(
      `--key "${file}" can be read or written by others (mode ${octal}) | run: chmod 600 "${file}"`,
    );
    const onWindows = await openKeyFileSigner({ ...where, platform: "win32" }, file);
    expect(onWindows.publicKeyPem).toBe(publicPem(ed25519));
  });

  test("is refused when it is a symlink, a directory, a pipe or not there", async () => {
    const link = path.join(home, "link.pem");
    await symlink(await keyFile(privatePem(ed25519)), link);

    expect(await refusal(openKeyFileSigner(where, link))).toContain(`--key "${link}" is a symlink`);
    expect(await refusal(openKeyFileSigner(where, home))).toContain(`--key "${home}" is a directory`);
    expect(await refusal(openKeyFileSigner(where, "/dev/null"))).toContain("is not a regular file");
    expect(await refusal(openKeyFileSigner(where, path.join(home, "none")))).toContain(
      "cannot be read: ENOENT",
    );
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: path.join(home, "none") } };
    expect(await refusal(readOwnPublicKey(set))).toContain("GH_DEVLAKE_SIGNING_KEY");
  });

  const passphrase = { cipher: "aes-256-cbc", passphrase: "canary-passphrase" };
  const encrypted = ed25519.export({ type: "pkcs8", format: "pem", ...passphrase }).toString();
  const openssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n";
  const p256 = generateKeyPairSync("ec", { namedCurve: "prime256v1" }).privateKey;
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  test.each([
    ["is empty", ""],
    ["is not a private key in PEM", "canary-garbage"],
    ["is not a private key in PEM", privatePem(ed25519).replace(/\n.{20}/, "\ncanary-garbagecanary")],
    ["has 70000 bytes, too many for a key", "x".repeat(70_000)],
    ["holds only a public key", publicPem(ed25519)],
    ["holds a prime256v1 key", privatePem(p256)],
    ["holds a rsa key", privatePem(rsa)],
    ["is protected by a passphrase", encrypted],
    ["is an OpenSSH key", openssh],
  ])("is refused when it %s", async (why, content) => {
    const file = await keyFile(content);

    const said = await refusal(openKeyFileSigner(where, file));

    expect(said).toContain(`--key "${file}" ${why}`);
    expect(said).not.toMatch(/canary|-----BEGIN|MC4CAQ/);
  });

  test("is refused without being repeated when the environment holds it damaged", async () => {
    const pem = "-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----";
    const set = { ...where, env: { GH_DEVLAKE_SIGNING_KEY: pem } };

    const said = await refusal(openKeyFileSigner(set, undefined));

    expect(said).toContain("GH_DEVLAKE_SIGNING_KEY is not a private key in PEM");
    expect(said).not.toContain("canary");
  });
});
