import type { ApprovalRecord } from "../records/result.ts";

/** `@login` and `@host/login` are GitHub accounts, which ignore case; anything else is an address or an OS user. */
export function isNamed(name: string, { osUser, gitEmail, gh }: ApprovalRecord["approver"]): boolean {
  if (!name.startsWith("@")) return name === osUser || name === gitEmail;
  if (gh === undefined) return false;
  const account = name.slice(1).toLowerCase();
  return account === gh.login.toLowerCase() || account === `${gh.host}/${gh.login}`.toLowerCase();
}

/** Who stands on both lists; undefined is everybody. Of an account named with its host and without, the former. */
export function sharedApprovers(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const shared = [
    ...one.filter((name) => other.some((also) => covers(also, name))),
    ...other.filter((name) => one.some((also) => covers(also, name))),
  ];
  const names = new Map(shared.map((name) => [name.startsWith("@") ? name.toLowerCase() : name, name]));
  return [...names.values()];
}

/** Whether everybody whom `name` means is also meant by `wider`. */
function covers(wider: string, name: string): boolean {
  if (!wider.startsWith("@") || !name.startsWith("@")) return wider === name;
  const [account, whole] = [name.toLowerCase(), wider.toLowerCase()];
  return account === whole || account.endsWith(`/${whole.slice(1)}`);
}
