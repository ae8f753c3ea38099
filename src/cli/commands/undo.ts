import { defineCommand } from "citty";
import { escapeJson } from "../../ui/text/escape.ts";
import { formatUndo } from "../../ui/format-undo.ts";
import { approvalsIn, timeoutIn } from "../apply-flags.ts";
import { exitCodeOfUndo, exitCodes, type ExitCode } from "../exit-code.ts";
import { loadPolicyToRepair } from "../../flows/policy/load-policy.ts";
import { tellOldRunState } from "../../flows/run-place.ts";
import type { CliServices } from "../../flows/services.ts";
import { nextAfterUndo } from "../../flows/undoing/undo-next.ts";
import { undoResultFile } from "../../flows/undoing/undo-result-file.ts";
import { POLICY_FLAG } from "../flag-words.ts";

/** `repair undo RESULT`: takes back what a run changed, step by step, and signs an account of it. */
export function undoCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "undo",
      description: "Take back what a run changed, the last step first, asking before each",
    },
    args: {
      file: { type: "positional", required: true, description: "the signed result of the run" },
      approve: {
        type: "string",
        valueHint: "IDS|safe",
        description:
          "instead of asking: take back these steps (s1,s2), or (safe) those that edited files of this directory",
      },
      dir: {
        type: "string",
        valueHint: "DIRECTORY",
        default: ".",
        description: "the deployment's directory",
      },
      key: {
        type: "string",
        valueHint: "FILE",
        description: "Ed25519 private key that signs the account (default: your own, made on first use)",
      },
      policy: {
        type: "string",
        valueHint: "FILE",
        description: POLICY_FLAG,
      },
      timeout: {
        type: "string",
        valueHint: "SECONDS",
        description: "time for all of it (default: the policy's, else 900)",
      },
      json: { type: "boolean", description: "print the account as JSON" },
      noInput: { type: "boolean", description: "never ask, even in a terminal" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      const { reporter, close } = services.openReporter(args.json === true);
      try {
        const policy = await loadPolicyToRepair(args.dir, args.policy, services);
        if (policy.notice !== undefined) reporter.emit({ type: "note", text: policy.notice });
        const target = await services.openTarget(args.dir, policy);
        try {
          await tellOldRunState(target, reporter, services);
          const options = {
            approve: approvalsIn(args),
            key: args.key,
            timeoutMs: timeoutIn(args, policy),
            policy,
          };
          const undone = await undoResultFile(args.file, target, reporter, options, services);
          if (undone.kind === "nothing") {
            const said = { outcome: null, reason: undone.why };
            services.print(args.json === true ? `${JSON.stringify(said)}\n` : `${undone.why}\n`);
            return exitCodes.ok;
          }
          const { account, accountPath, facts } = undone;
          services.print(
            args.json === true
              ? `${escapeJson(JSON.stringify({ accountPath, account }, undefined, 2))}\n`
              : `${formatUndo(account, services.style, { accountPath, directory: args.dir, ...nextAfterUndo(target.family, account, facts, args) })}\n`,
          );
          return exitCodeOfUndo(account);
        } finally {
          target.close();
        }
      } finally {
        close();
      }
    },
  });
}
