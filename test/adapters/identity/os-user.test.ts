import { homedir, userInfo } from "node:os";
import { describe, expect, test } from "vitest";
import { osUser, passwdUid, type Passwd } from "../../../src/adapters/identity/os-user.ts";

/** As libuv answers for a user id that passwd does not know. */
function missing(): never {
  throw Object.assign(new Error("A system error occurred: uv_os_get_passwd returned ENOENT"), {
    code: "ERR_SYSTEM_ERROR",
  });
}

const nobody: Passwd = { userInfo: missing, homedir: missing };

describe("osUser", () => {
  test("is whom passwd names", () => {
    expect(osUser({ USER: "other" }, 1)).toEqual({ name: userInfo().username, home: homedir() });
    expect(passwdUid()).toBe(userInfo().uid);
  });

  test.each([
    [{ USER: "ann", LOGNAME: "bob" }, "ann"],
    [{ USER: "", LOGNAME: "bob" }, "bob"],
    [{}, "uid 54321"],
  ])("without an entry there is whom the environment names: %j", (env, name) => {
    expect(osUser(env, 54_321, nobody)).toEqual({ name, home: "/" });
    expect(passwdUid(nobody)).toBeUndefined();
  });
});
