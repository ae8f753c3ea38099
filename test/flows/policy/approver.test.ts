import { describe, expect, test } from "vitest";
import { refuseApprover } from "../../../src/flows/policy/approver.ts";
import type { ApprovalRecord } from "../../../src/core/records/result.ts";

type Approver = ApprovalRecord["approver"];

const ada: Approver = {
  osUser: "ada",
  gitEmail: "ada@example.com",
  gh: { host: "github.com", login: "Ada-L" },
};

describe("a policy's approvers", () => {
  test.each<readonly [what: string, approvers: readonly string[] | undefined, approver: Approver]>([
    ["are everybody where there are none", undefined, { osUser: "anybody" }],
    ["are named by git e-mail address", ["bob", "ada@example.com"], ada],
    ["are named by OS user", ["ada"], { osUser: "ada" }],
    ["are named by GitHub account, in any case", ["@ada-l"], ada],
  ])("%s", (_what, approvers, approver) => {
    expect(() => refuseApprover(approver, { approvers })).not.toThrow();
  });

  test.each<readonly [what: string, approvers: readonly string[], approver: Approver, named: string]>([
    ["another", ["bob@example.com"], ada, "ada@example.com"],
    ["an OS user with the name of a GitHub account", ["@ada"], { osUser: "ada" }, "ada"],
    ["a GitHub account with the name of an OS user", ["Ada-L"], ada, "ada@example.com"],
    ["an account on another host", ["@git.example.com/ada-l"], ada, "ada@example.com"],
    ["somebody whose address only contains it", ["da@example.com"], ada, "ada@example.com"],
  ])("are not %s", (_what, approvers, approver, named) => {
    const message = `the policy does not let ${named} approve repairs here`;
    expect(() => refuseApprover(approver, { approvers })).toThrow(
      expect.objectContaining({
        code: "approval_missing",
        message,
        hint: `ask one of: ${approvers.join(", ")}`,
      }),
    );
  });

  test("may be of one GitHub host only", () => {
    const approver = { osUser: "ada", gh: { host: "git.example.com", login: "ada" } };
    expect(() => refuseApprover(approver, { approvers: ["@git.example.com/ada"] })).not.toThrow();
  });
});
