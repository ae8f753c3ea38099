import { describe, expect, it } from "vitest";
import { parseEndpoint } from "../../../src/adapters/host-ports/listener.ts";
import { parseLsof } from "../../../src/adapters/host-ports/lsof.ts";
import { parseNetstat, parseTasklist } from "../../../src/adapters/host-ports/netstat.ts";
import { parseProcNet } from "../../../src/adapters/host-ports/proc-net.ts";
import { parseSs } from "../../../src/adapters/host-ports/ss.ts";
import { recorded } from "./recorded.ts";

describe("an endpoint", () => {
  it.each([
    ["127.0.0.1:8080", "127.0.0.1", 8080],
    ["0.0.0.0:8080", "*", 8080],
    ["*:8080", "*", 8080],
    ["[::]:8080", "*", 8080],
    [":::8080", "*", 8080],
    ["[::1]:8080", "::1", 8080],
    ["[::ffff:127.0.0.1]:8080", "127.0.0.1", 8080],
    ["127.0.0.53%lo:53", "127.0.0.53", 53],
    ["[fe80::1%eth0]:80", "fe80::1", 80],
  ])("%s", (text, address, port) => {
    expect(parseEndpoint(text)).toEqual({ address, port });
  });

  it.each(["*:*", "0.0.0.0:", "8080", "", "*:http"])("is not %j", (text) => {
    expect(parseEndpoint(text)).toBeUndefined();
  });
});

describe("/proc/net", () => {
  it("gives the listening sockets of tcp, with their inodes", () => {
    expect(parseProcNet(recorded("linux-proc-net-tcp"))).toEqual([
      { port: 18080, address: "127.0.0.1", inode: "192181" },
      { port: 3002, address: "*", inode: "183767" },
      { port: 3306, address: "*", inode: "183605" },
      { port: 4000, address: "*", inode: "189639" },
      { port: 2024, address: "*", inode: "1143" },
      { port: 18090, address: "*", inode: "192041" },
    ]);
  });

  it("gives those of tcp6, mapped addresses as IPv4", () => {
    expect(parseProcNet(recorded("linux-proc-net-tcp6"))).toEqual([
      { port: 18082, address: "127.0.0.1", inode: "192183" },
      { port: 3002, address: "*", inode: "183779" },
      { port: 3306, address: "*", inode: "183611" },
      { port: 4000, address: "*", inode: "189645" },
      { port: 18090, address: "*", inode: "192699" },
      { port: 18083, address: "*", inode: "192184" },
      { port: 18081, address: "::1", inode: "192182" },
    ]);
  });

  it("knows a full IPv6 address", () => {
    const line =
      "   0: 000080FE000000005A4200020100FF02:1F90 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1 0 100 0 0 10 0";

    expect(parseProcNet(line)).toEqual([{ port: 8080, address: "fe80::200:425a:2ff:1", inode: "4711" }]);
  });
});

describe("ss", () => {
  it("gives the process of each listener", () => {
    const listeners = parseSs(recorded("linux-ss"));

    expect(listeners).toHaveLength(13);
    expect(listeners).toContainEqual({ port: 18080, address: "127.0.0.1", pid: 28940, name: "python3" });
    expect(listeners).toContainEqual({ port: 18083, address: "*", pid: 28940, name: "python3" });
    expect(listeners.filter(({ port }) => port === 18090)).toEqual([
      { port: 18090, address: "*", pid: 28828, name: "docker-proxy" },
      { port: 18090, address: "*", pid: 28836, name: "docker-proxy" },
    ]);
    expect(listeners.filter(({ port }) => port === 2024)).toEqual([{ port: 2024, address: "*" }]);
  });

  it("gives the listeners alone without permission to see processes", () => {
    const listeners = parseSs(recorded("linux-ss-as-other-user"));

    expect(listeners).toHaveLength(13);
    expect(listeners).toContainEqual({ port: 3306, address: "*" });
    expect(listeners.every(({ pid }) => pid === undefined)).toBe(true);
  });

  it("gives every process that shares a socket, whatever it is called", () => {
    const line = String.raw`LISTEN 0 511 *:80 *:* users:(("nginx: a \"b\"",pid=8,fd=6),("nginx",pid=7,fd=6))`;

    expect(parseSs(line)).toEqual([
      { port: 80, address: "*", pid: 8, name: String.raw`nginx: a \"b\"` },
      { port: 80, address: "*", pid: 7, name: "nginx" },
    ]);
  });
});

describe("lsof", () => {
  it("gives the listeners of Linux", () => {
    const listeners = parseLsof(recorded("linux-lsof"));

    expect(listeners).toHaveLength(12);
    expect(listeners.filter(({ pid }) => pid === 28940)).toEqual([
      { port: 18080, address: "127.0.0.1", pid: 28940, name: "python3" },
      { port: 18081, address: "::1", pid: 28940, name: "python3" },
      { port: 18082, address: "127.0.0.1", pid: 28940, name: "python3" },
      { port: 18083, address: "*", pid: 28940, name: "python3" },
    ]);
  });

  it("gives the listeners of macOS, names in full and readable", () => {
    const listeners = parseLsof(recorded("macos-lsof"));

    expect(listeners.filter(({ port }) => [3306, 8080, 8085].includes(port))).toEqual([
      { port: 3306, address: "*", pid: 1893, name: "com.docker.backend" },
      { port: 8085, address: "127.0.0.1", pid: 2204, name: "Code Helper (Plugin)" },
      { port: 8080, address: "::1", pid: 7731, name: "java" },
      { port: 8080, address: "127.0.0.1", pid: 7731, name: "java" },
    ]);
  });
});

describe("netstat", () => {
  it("gives the TCP listeners of Windows, neither connections nor UDP", () => {
    const listeners = parseNetstat(recorded("windows-netstat"));

    expect(listeners.map(({ port }) => port)).toEqual([135, 445, 3306, 8080, 8085, 139, 135, 8080, 3306]);
    expect(listeners).toContainEqual({ port: 8085, address: "127.0.0.1", pid: 9120 });
    expect(listeners).toContainEqual({ port: 3306, address: "::1", pid: 18332 });
  });

  it("does not depend on the language, nor on its code page", () => {
    expect(parseNetstat(recorded("windows-netstat-german"))).toEqual([
      { port: 3306, address: "*", pid: 5432 },
      { port: 8080, address: "*", pid: 21044 },
    ]);
  });
});

describe("tasklist", () => {
  it.each([
    ['"com.docker.backend.exe","5432","Console","1","143,404 K"\r\n', "com.docker.backend"],
    ['"wslrelay.exe","18332","Console","1","9.812 K"\r\n', "wslrelay"],
    ['"System","4","Services","0","144 K"\r\n', "System"],
  ])("names %s", (text, name) => {
    expect(parseTasklist(text)).toBe(name);
  });

  it.each([
    "INFO: No tasks are running which match the specified criteria.\r\n",
    "INFORMATION: Es werden keine Aufgaben mit den angegebenen Kriterien ausgef\uFFFDhrt.\r\n",
    "",
  ])("names nothing in %j", (text) => {
    expect(parseTasklist(text)).toBeUndefined();
  });
});

describe("any text", () => {
  it("is no listener when it is not what the tool prints", () => {
    const text = "Segmentation fault\n\u0000\nLISTEN\nTCP\np\nn\n: : : 0A\n";

    for (const parse of [parseProcNet, parseSs, parseLsof, parseNetstat]) expect(parse(text)).toEqual([]);
  });
});
