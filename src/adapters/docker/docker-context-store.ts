import { createHash } from "node:crypto";
import { z } from "zod";
import { errnoCode, errorText } from "../../core/errors.ts";

/** TLS material in PEM; `ca` undefined means the system's authorities. */
export interface TlsOptions {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  /** False when the user asked to trust any server. */
  readonly verify: boolean;
}

/** Reads a whole file; rejects with a Node error, `ENOENT` when there is none. */
export type ReadFile = (path: string) => Promise<Buffer>;

export type StoredContext =
  | { readonly kind: "found"; readonly host: string | undefined; readonly tls: TlsOptions | undefined }
  | { readonly kind: "broken"; readonly error: string };

export type CurrentContext =
  | { readonly kind: "named"; readonly name: string }
  | { readonly kind: "none" }
  /** The docker CLI warns, ignores the file and goes on with the default socket. */
  | { readonly kind: "ignored"; readonly why: string };

const ConfigSchema = z.looseObject({ currentContext: z.string().optional() });

const MetaSchema = z.looseObject({
  Endpoints: z.looseObject({
    docker: z.looseObject({ Host: z.string().optional(), SkipTLSVerify: z.boolean().optional() }).optional(),
  }),
});

/** `currentContext` of the CLI's config.json; only that key is looked at (the file may hold credentials). */
export async function readCurrentContext(path: string, readFile: ReadFile): Promise<CurrentContext> {
  const config = await readJson(path, ConfigSchema, readFile);
  switch (config.kind) {
    case "absent":
      return { kind: "none" };
    case "broken":
      return { kind: "ignored", why: config.error };
    case "read": {
      const name = config.value.currentContext ?? "";
      return name === "" ? { kind: "none" } : { kind: "named", name };
    }
  }
}

/**
 * A named context of the CLI's store: `contexts/{meta,tls}/<sha256 of the name>/`.
 * Layout checked against what `docker context create` of 28.2 writes.
 */
export async function readContext(
  name: string,
  configDirectory: string,
  readFile: ReadFile,
): Promise<StoredContext> {
  const digest = createHash("sha256").update(name).digest("hex");
  const metaPath = `${configDirectory}/contexts/meta/${digest}/meta.json`;
  const meta = await readJson(metaPath, MetaSchema, readFile);
  if (meta.kind === "absent") {
    return broken(`the Docker context "${name}" does not exist in ${configDirectory}/contexts: ${wayOut}`);
  }
  if (meta.kind === "broken")
    return broken(`the Docker context "${name}" is broken: ${meta.error}: ${wayOut}`);
  const endpoint = meta.value.Endpoints.docker;
  if (endpoint === undefined) {
    return broken(`the Docker context "${name}" has no Docker endpoint in ${metaPath}: ${wayOut}`);
  }
  try {
    const verify = endpoint.SkipTLSVerify !== true;
    const tls = await readTls(`${configDirectory}/contexts/tls/${digest}/docker`, verify, readFile);
    return { kind: "found", host: endpoint.Host, tls };
  } catch (error) {
    return broken(`the TLS files of the Docker context "${name}" cannot be read: ${errorText(error)}`);
  }
}

const wayOut = "choose one of `docker context ls` with `docker context use`, or unset DOCKER_CONTEXT";

/** The TLS files of a context; undefined when it has none and verifies, as then it does not use TLS. */
async function readTls(
  directory: string,
  verify: boolean,
  readFile: ReadFile,
): Promise<TlsOptions | undefined> {
  const [ca, cert, key] = await Promise.all(
    ["ca.pem", "cert.pem", "key.pem"].map((name) => unlessAbsent(readFile(`${directory}/${name}`))),
  );
  if (ca === undefined && cert === undefined && key === undefined && verify) return undefined;
  return {
    verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

/**
 * The TLS files that `DOCKER_TLS_VERIFY` or `DOCKER_TLS` ask for, in `directory`: the authority and both
 * halves of the client's key, all required as the docker CLI does. Rejects when one cannot be read.
 */
export async function readEnvironmentTls(
  directory: string,
  verify: boolean,
  readFile: ReadFile,
): Promise<TlsOptions> {
  const [ca, cert, key] = await Promise.all([
    readFile(`${directory}/ca.pem`),
    unlessAbsent(readFile(`${directory}/cert.pem`)),
    unlessAbsent(readFile(`${directory}/key.pem`)),
  ]);
  return {
    verify,
    ca,
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}

async function unlessAbsent(reading: Promise<Buffer>): Promise<Buffer | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

type ReadJson<Value> =
  | { readonly kind: "absent" }
  | { readonly kind: "broken"; readonly error: string }
  | { readonly kind: "read"; readonly value: Value };

async function readJson<Value>(
  path: string,
  schema: z.ZodType<Value>,
  readFile: ReadFile,
): Promise<ReadJson<Value>> {
  try {
    const parsed = schema.safeParse(JSON.parse((await readFile(path)).toString("utf8")));
    if (parsed.success) return { kind: "read", value: parsed.data };
    const where = parsed.error.issues[0]?.path.join(".") ?? "";
    return { kind: "broken", error: `${path} has an unexpected value${where === "" ? "" : ` at ${where}`}` };
  } catch (error) {
    if (isAbsent(error)) return { kind: "absent" };
    // The parser's own message quotes the file, and the file may hold credentials.
    const why = error instanceof SyntaxError ? "is not valid JSON" : `cannot be read (${errnoCode(error)})`;
    return { kind: "broken", error: `${path} ${why}` };
  }
}

function isAbsent(error: unknown): boolean {
  return errnoCode(error) === "ENOENT" || errnoCode(error) === "ENOTDIR";
}

function broken(error: string): StoredContext {
  return { kind: "broken", error };
}
