import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createHostPorts } from "../../../src/adapters/host-ports/index.ts";
import { createRunCommand } from "../../../src/adapters/process/run-command.ts";
import { type RunCommand } from "../../../src/adapters/process/command.ts";
import { recorded } from "./recorded.ts";

/** Answers for the programs it knows by what they printed once; others are not installed. */
function printing(
  outputs: Readonly<Record<string, string | number>>,
): RunCommand & { readonly asked: string[] } {
  const asked: string[] = [];
  const run: RunCommand = async (file, args) => {
    asked.push([file, ...args].join(" "));
    const output = outputs[[file, ...args].join(" ")] ?? outputs[file];
    if (output === undefined) return { kind: "not_found" };
    return typeof output === "number"
      ? { kind: "exited", exitCode: output, stdout: "", stderr: "failed" }
      : { kind: "exited", exitCode: 0, stdout: output, stderr: "" };
  };
  return Object.assign(run, { asked });
}

async function listen(host: string): Promise<number> {
  const server: Server = createServer();
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("not a TCP address");
  return address.port;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return address !== null && typeof address === "object" ? address.port : 0;
}

/** A proc file system with the recorded tables, and processes by pid: name, command line and open sockets. */
function procWith(
  processes: Readonly<Record<number, { comm: string; cmdline?: string; inodes: readonly string[] }>>,
): string {
  const proc = mkdtempSync(join(tmpdir(), "proc-"));
  onTestFinished(() => rmSync(proc, { recursive: true }));
  mkdirSync(join(proc, "net"));
  for (const table of ["tcp", "tcp6"]) {
    writeFileSync(join(proc, "net", table), recorded(`linux-proc-net-${table}`));
  }
  for (const [pid, { comm, cmdline, inodes }] of Object.entries(processes)) {
    mkdirSync(join(proc, pid, "fd"), { recursive: true });
    writeFileSync(join(proc, pid, "comm"), `${comm}\n`);
    writeFileSync(join(proc, pid, "cmdline"), cmdline ?? "");
    symlinkSync("/dev/null", join(proc, pid, "fd", "0"));
    inodes.forEach((inode, index) => symlinkSync(`socket:[${inode}]`, join(proc, pid, "fd", `${index + 3}`)));
  }
  return proc;
}

describe("on this machine", () => {
  const hostPorts = createHostPorts({ platform: process.platform, run: createRunCommand(process.env) });

  it.each(["127.0.0.1", "0.0.0.0", "::", "::1", "127.0.0.2"])(
    "finds our own listener on %s",
    async (host) => {
      const port = await listen(host);

      const listeners = await hostPorts.listeners([port, await freePort()]);

      const address = ["0.0.0.0", "::"].includes(host) ? "*" : host;
      expect(listeners).toEqual([{ port, address, pid: process.pid, name: expect.stringMatching(/./) }]);
    },
  );

  it("asks no one when nothing is wanted", async () => {
    expect(await hostPorts.listeners([])).toEqual([]);
  });
});

describe("on Linux", () => {
  it("finds processes by the inodes of their sockets, and needs no other program", async () => {
    const run = printing({});
    const proc = procWith({
      1: { comm: "init", inodes: [] },
      28828: { comm: "docker-proxy", inodes: ["192041"] },
      28836: { comm: "docker-proxy", inodes: ["192699"] },
      28940: { comm: "python3", inodes: ["192181", "192182", "192183", "192184"] },
    });
    const { listeners } = createHostPorts({ platform: "linux", run, proc });

    expect(await listeners([8080, 2024, 18080, 18090])).toEqual([
      { port: 2024, address: "*" },
      { port: 18080, address: "127.0.0.1", pid: 28940, name: "python3" },
      { port: 18090, address: "*", pid: 28828, name: "docker-proxy" },
      { port: 18090, address: "*", pid: 28836, name: "docker-proxy" },
    ]);
    expect(run.asked).toEqual([]);
  });

  it.each([
    ["com.docker.back", "/opt/docker-desktop/bin/com.docker.backend\0run\0", "com.docker.backend"],
    ["gunicorn: maste", "gunicorn: master [app]\0", "gunicorn: master [app]"],
    ["exactly-15-long", "/bin/python3\0x.py\0", "exactly-15-long"],
    ["exactly-15-long", "", "exactly-15-long"],
  ])("completes %s, which the kernel cut, from %j", async (comm, cmdline, name) => {
    const proc = procWith({ 7: { comm, cmdline, inodes: ["183605"] } });

    const listeners = await createHostPorts({ platform: "linux", run: printing({}), proc }).listeners([3306]);

    expect(listeners).toContainEqual({ port: 3306, address: "*", pid: 7, name });
  });

  it("asks ss, then lsof, where /proc cannot be read", async () => {
    const proc = "/nonexistent";
    const withBoth = printing({ ss: recorded("linux-ss"), lsof: recorded("linux-lsof") });
    const withBrokenSs = printing({ ss: 255, lsof: recorded("linux-lsof") });
    const expected = [{ port: 18080, address: "127.0.0.1", pid: 28940, name: "python3" }];

    expect(await createHostPorts({ platform: "linux", run: withBoth, proc }).listeners([18080])).toEqual(
      expected,
    );
    expect(await createHostPorts({ platform: "linux", run: withBrokenSs, proc }).listeners([18080])).toEqual(
      expected,
    );
    expect(withBoth.asked).toEqual(["ss -ltnpH"]);
    expect(withBrokenSs.asked).toEqual(["ss -ltnpH", "lsof -nP +c 0 -iTCP -sTCP:LISTEN -F pcn"]);
  });
});

describe("on macOS", () => {
  it("reads lsof, and binds the ports that seem free, since lsof hides other users' processes", async () => {
    const hidden = await listen("127.0.0.1");
    const run = printing({ lsof: recorded("macos-lsof") });

    const listeners = await createHostPorts({ platform: "darwin", run }).listeners([
      3306,
      hidden,
      await freePort(),
    ]);

    expect(listeners).toEqual([
      { port: 3306, address: "*", pid: 1893, name: "com.docker.backend" },
      { port: hidden },
    ]);
  });

  it("takes exit code 1 of lsof as an answer: nobody listens", async () => {
    const run = printing({ lsof: 1 });

    expect(await createHostPorts({ platform: "darwin", run }).listeners([await freePort()])).toEqual([]);
  });
});

describe("on Windows", () => {
  it("joins netstat and tasklist, one question a process", async () => {
    const run = printing({
      netstat: recorded("windows-netstat"),
      "tasklist /FI PID eq 5432 /FO CSV /NH": '"com.docker.backend.exe","5432","Console","1","143,404 K"\r\n',
      "tasklist /FI PID eq 18332 /FO CSV /NH": '"wslrelay.exe","18332","Console","1","9,812 K"\r\n',
      "tasklist /FI PID eq 21044 /FO CSV /NH":
        "INFO: No tasks are running which match the specified criteria.\r\n",
    });

    const listeners = await createHostPorts({ platform: "win32", run }).listeners([3306, 8080]);

    expect(listeners).toEqual([
      { port: 3306, address: "*", pid: 5432, name: "com.docker.backend" },
      { port: 3306, address: "::1", pid: 18332, name: "wslrelay" },
      { port: 8080, address: "*", pid: 21044 },
    ]);
    expect(run.asked.filter((command) => command.startsWith("tasklist"))).toHaveLength(3);
  });
});

describe("where no tool helps", () => {
  const { listeners } = createHostPorts({ platform: "sunos", run: printing({}) });

  it.each(["0.0.0.0", "127.0.0.1", "::", "::1"])(
    "finds by binding that a port is taken on %s",
    async (host) => {
      const port = await listen(host);
      const free = await freePort();

      expect(await listeners([port, free])).toEqual([{ port }]);
    },
  );

  it("leaves nothing listening", async () => {
    const free = await freePort();

    await listeners([free]);

    expect(await listeners([free])).toEqual([]);
  });
});
