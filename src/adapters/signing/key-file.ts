import { generateKeyPairSync, randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { link, lstat, mkdir, open, rm, stat } from "node:fs/promises";
import path from "node:path";
import { errnoCode, errorText, RepairError } from "../../core/errors.ts";

const MAX_KEY_BYTES = 64 * 1024;
const ELSEWHERE = "or give another key with --key FILE or GH_DEVLAKE_SIGNING_KEY";

/**
 * Reads a private key file, once, through one handle: what was checked is what is read.
 * Refuses what could let another person swap or read the key: symlinks, and on POSIX any access for
 * group or others. (Windows keeps %APPDATA% private by its ACLs; mode bits mean nothing there.)
 * @param named how the user named it, for messages
 */
export async function readKeyFile(file: string, named: string, platform: NodeJS.Platform): Promise<string> {
  const where = `${named} "${file}"`;
  // Looked at before opening, because opening a pipe or a device can itself do something.
  const entry = await attempt(lstat(file), where, "check the path,");
  if (entry.isSymbolicLink()) throw refused(where, "is a symlink", "give the path of the file itself,");
  if (entry.isDirectory()) throw refused(where, "is a directory", "give the path of the key file in it,");
  if (!entry.isFile()) throw refused(where, "is not a regular file", "copy the key into a file,");
  // No O_NOFOLLOW on Windows, where only administrators make symlinks by default.
  const flags = constants.O_RDONLY | (platform === "win32" ? 0 : constants.O_NOFOLLOW);
  await using handle = await attempt(open(file, flags), where, "make it readable for you,");
  const { mode, size } = await handle.stat();
  if (platform !== "win32" && (mode & 0o077) !== 0) {
    const octal = (mode & 0o777).toString(8).padStart(4, "0");
    throw refused(where, `can be read or written by others (mode ${octal})`, `run: chmod 600 "${file}",`);
  }
  if (size > MAX_KEY_BYTES) throw refused(where, `has ${size} bytes, too many for a key`, "check the path,");
  return await handle.readFile("utf8");
}

/**
 * Makes an Ed25519 key at `file` unless something is there already; says whether this call made it.
 * The key is written whole and flushed under a private name, then linked to its own: of two racing
 * processes one link wins, both read the same key, and no crash leaves half a key under that name.
 */
export async function createKeyFile(file: string, platform: NodeJS.Platform): Promise<boolean> {
  const directory = path.dirname(file);
  const where = `your signing key "${file}"`;
  try {
    if (await exists(file)) return false;
    await mkdir(directory, { recursive: true, mode: 0o700 });
    if (platform !== "win32" && ((await stat(directory)).mode & 0o022) !== 0) {
      throw refused(`"${directory}"`, "can be changed by others", `run: chmod 700 "${directory}",`);
    }
    const temporary = path.join(directory, `.signing-key-${randomBytes(8).toString("hex")}.tmp`);
    try {
      await writeNewKey(temporary);
      return await linkUnlessThere(temporary, file);
    } finally {
      await rm(temporary, { force: true });
      if (platform !== "win32") await flushDirectory(directory);
    }
  } catch (cause) {
    if (cause instanceof RepairError) throw cause;
    throw new RepairError("signing_key", `${where} cannot be made: ${errorText(cause)}`, {
      hint: `make "${directory}" writable for you, ${ELSEWHERE}`,
      cause,
    });
  }
}

async function writeNewKey(file: string): Promise<void> {
  const { privateKey } = generateKeyPairSync("ed25519");
  await using handle = await open(file, "wx", 0o600);
  await handle.writeFile(privateKey.export({ type: "pkcs8", format: "pem" }));
  await handle.sync();
}

async function linkUnlessThere(from: string, to: string): Promise<boolean> {
  try {
    await link(from, to);
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "EEXIST") return false;
    throw thrown;
  }
}

async function flushDirectory(directory: string): Promise<void> {
  await using handle = await open(directory, "r");
  await handle.sync();
}

/** Symlinks count as being there, dangling ones too: reading refuses them, and nothing is written through them. */
async function exists(file: string): Promise<boolean> {
  try {
    await lstat(file);
    return true;
  } catch (thrown) {
    if (errnoCode(thrown) === "ENOENT") return false;
    throw thrown;
  }
}

async function attempt<T>(action: Promise<T>, where: string, hint: string): Promise<T> {
  try {
    return await action;
  } catch (cause) {
    throw new RepairError("signing_key", `${where} cannot be read: ${errorText(cause)}`, {
      hint: `${hint} ${ELSEWHERE}`,
      cause,
    });
  }
}

function refused(where: string, why: string, hint: string): RepairError {
  return new RepairError("signing_key", `${where} ${why}`, { hint: `${hint} ${ELSEWHERE}` });
}
