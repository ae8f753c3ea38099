import { homedir, userInfo } from "node:os";
import type { Environment } from "../process/run-command.ts";

/** The parts of `node:os` that fail for a user without an entry in passwd. */
export interface Passwd {
  readonly userInfo: () => { readonly username: string; readonly uid: number };
  readonly homedir: () => string;
}

/**
 * Who runs this, also where no passwd entry names them, as in containers that are started under any user
 * id, which is how OpenShift does it. `uid`: of the process, where the system has such.
 */
export function osUser(
  env: Environment,
  uid: number | undefined,
  passwd: Passwd = { userInfo, homedir },
): { readonly name: string; readonly home: string } {
  return {
    name: orWithout(() => passwd.userInfo().username) ?? named(env) ?? `uid ${uid ?? "unknown"}`,
    home: orWithout(passwd.homedir) ?? "/",
  };
}

/** The user's id by passwd, -1 on Windows; undefined for a user without an entry. */
export function passwdUid(passwd: Pick<Passwd, "userInfo"> = { userInfo }): number | undefined {
  return orWithout(() => passwd.userInfo().uid);
}

function named(env: Environment): string | undefined {
  return [env["USER"], env["LOGNAME"]].find((name) => name !== undefined && name !== "");
}

function orWithout<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (thrown) {
    // A SystemError: uv_os_get_passwd returned ENOENT.
    if (thrown instanceof Error) return undefined;
    throw thrown;
  }
}
