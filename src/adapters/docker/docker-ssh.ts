import { spawn, type ChildProcessByStdio } from "node:child_process";
import { Socket } from "node:net";
import path from "node:path";
import { Duplex, type Readable, type Writable } from "node:stream";
import { errnoCode, errorText } from "../../core/errors.ts";
import { toolEnvironment } from "../process/child-environment.ts";
import type { DockerConnection } from "./docker-address.ts";
import { SshFailure } from "./docker-error.ts";
import { findProgram } from "../process/program-path.ts";
import { quietDirectory } from "../files/quiet-directory.ts";

type SshAddress = Extract<DockerConnection, { kind: "ssh" }>;
type SshChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** Where `ssh` is started. */
export interface SshHost {
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
}

/**
 * The arguments of `ssh` as the docker CLI gives them (docker/cli, cli/connhelper), but with less time for a host
 * that does not answer: ssh shall say so itself before a call is over.
 */
function sshArguments(address: SshAddress): readonly string[] {
  const user = address.user === undefined ? [] : ["-l", address.user];
  const port = address.port === undefined ? [] : ["-p", String(address.port)];
  const socket = address.socketPath === undefined ? [] : ["--host", `unix://${address.socketPath}`];
  const ssh = ["-o", "ConnectTimeout=15", "-T", ...user, ...port, "--", address.host];
  return [...ssh, "docker", ...socket, "system", "dial-stdio"];
}

/** A file of ours that does not exist: to start it fails as for any program that is not there. */
const nowhere = path.join(import.meta.dirname, "no-ssh-found");

/** Starts `ssh`, so that the user's ~/.ssh/config, keys and agent all count, and talks through its stdio. */
export function connectThroughSsh(address: SshAddress, host: SshHost): Duplex {
  const child = spawn(findProgram("ssh", host) ?? nowhere, sshArguments(address), {
    env: toolEnvironment("ssh", host),
    // What ~/.ssh/config names without a directory is not looked for in a checkout.
    cwd: quietDirectory(host.home),
    stdio: ["pipe", "pipe", "pipe"],
    windowsHide: true,
    // Its own session: no questions in the middle of our output, and Ctrl-C does not cut a step in two.
    detached: host.platform !== "win32",
  });
  return new SshStream(child);
}

/** The stdio of a child process as one socket, with the few socket methods that Node's HTTP agent calls. */
class SshStream extends Duplex {
  readonly #child: SshChild;
  #stderr = "";

  constructor(child: SshChild) {
    super();
    this.#child = child;
    child.stdout.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) child.stdout.pause();
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4096);
    });
    // A write after ssh has gone fails with EPIPE, which says less than ssh's own last words.
    child.stdin.on("error", (error) => {
      if (errnoCode(error) !== "EPIPE") this.destroy(error);
    });
    child.on("error", (error) => this.destroy(new SshFailure(startFailure(error))));
    child.on("close", (code, signal) => {
      const ending = signal === null ? `it ended with exit code ${code}` : `it was killed by ${signal}`;
      if (code === 0) this.push(null);
      else this.destroy(new SshFailure(lastLine(this.#stderr) ?? ending));
    });
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(chunk, (error) => done(errnoCode(error) === "EPIPE" ? null : error));
  }

  override _final(done: () => void): void {
    this.#child.stdin.end(done);
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  ref(): void {
    this.#child.ref();
    for (const pipe of this.#pipes()) pipe.ref();
  }

  /** While the connection is idle, it must not keep the program from ending. */
  unref(): void {
    this.#child.unref();
    for (const pipe of this.#pipes()) pipe.unref();
  }

  setKeepAlive(): void {
    // A pipe needs no probes: its end is noticed.
  }

  setTimeout(): void {
    // Every call has its own deadline.
  }

  #pipes(): readonly Socket[] {
    const { stdin, stdout, stderr } = this.#child;
    return [stdin, stdout, stderr].filter((pipe) => pipe instanceof Socket);
  }
}

function startFailure(error: Error): string {
  return errnoCode(error) === "ENOENT" ? "the program ssh is not installed or not on PATH" : errorText(error);
}

function lastLine(text: string): string | undefined {
  return text.trim().split("\n").at(-1) || undefined;
}
