import { describe, expect, it } from "vitest";
import { runtimeEnvironment } from "../../../src/adapters/copilot/copilot-environment.ts";

const root = {
  root: "/r",
  home: "/r/home",
  tmp: "/r/tmp",
  cwd: "/r/cwd",
  bin: "/r/bin",
  wipe: () => undefined,
};

describe("the environment of the runtime", () => {
  it("has the network's variables of the user's and nothing else", () => {
    const users = {
      HOME: "/home/ann",
      PATH: "/usr/bin",
      TMPDIR: "/tmp",
      GH_TOKEN: "x",
      OPENAI_API_KEY: "x",
      GH_DEVLAKE_MODEL_API_KEY: "x",
      GH_DEVLAKE_SIGNING_KEY: "x",
      HTTPS_PROXY: "http://proxy:1",
      NODE_EXTRA_CA_CERTS: "/ca.pem",
      SSL_CERT_FILE: "",
      NO_PROXY: "corp.example",
      COPILOT_HOME: "/home/ann/.copilot",
      NODE_OPTIONS: "--require /x",
    };

    expect(runtimeEnvironment(users, root)).toEqual({
      HTTPS_PROXY: "http://proxy:1",
      NODE_EXTRA_CA_CERTS: "/ca.pem",
      NO_PROXY: "corp.example,127.0.0.1,localhost,::1",
      PATH: "/r/bin",
      HOME: "/r/home",
      USERPROFILE: "/r/home",
      TMPDIR: "/r/tmp",
      TEMP: "/r/tmp",
      TMP: "/r/tmp",
    });
  });
});
