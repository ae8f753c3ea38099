import { defineCommand } from "citty";
import { escapeJson } from "../../ui/text/escape.ts";
import { formatVerification, holds } from "../../ui/format-verification.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { loadPolicy } from "../../flows/policy/load-policy.ts";
import type { CliServices } from "../../flows/services.ts";
import { verifyFile, type Verified } from "../../flows/verifying/verify-file.ts";

/** `repair verify FILE`: is it whole, who signed it, is it about this plan, is the journal whole, is DevLake healthy? */
export function verifyCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "verify",
      description: "Check a signed result or undo account: signature, signer, plan, journal, and health now",
    },
    args: {
      file: { type: "positional", required: true, description: "the result or the undo account" },
      plan: {
        type: "string",
        valueHint: "FILE",
        description: "the plan it is about, or the result that was taken back (default: beside it)",
      },
      key: { type: "string", valueHint: "FILE", description: "public key to trust, PEM (default: your own)" },
      policy: {
        type: "string",
        valueHint: "FILE",
        description: "a policy whose trustedKeys are trusted, before your own; the directory's are never",
      },
      dir: {
        type: "string",
        valueHint: "DIRECTORY",
        description: "the deployment's directory; when given, its journal has to be there (default: .)",
      },
      live: { type: "boolean", description: "ask as well whether DevLake is healthy now" },
      json: { type: "boolean", description: "print the answers as JSON" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      const { dir, key, live = false } = args;
      const policy = await loadPolicy(dir ?? ".", args.policy, services);
      const options = { subject: args.plan, key, dir, live, policy };
      const verified = await verifyFile(args.file, options, services);
      services.print(
        args.json === true
          ? `${escapeJson(JSON.stringify(jsonAnswers(verified), undefined, 2))}\n`
          : `${formatVerification(verified.answers, verified, services.style)}\n`,
      );
      return exitCodeOf(verified);
    },
  });
}

/** A result that cannot be relied on outweighs a deployment that is not healthy. */
function exitCodeOf({ answers }: Verified): ExitCode {
  const open = answers.filter((answer) => !holds(answer));
  if (open.some(({ question }) => question !== "healthy now")) return exitCodes.usage;
  return open.length === 0 ? exitCodes.ok : exitCodes.unhealthy;
}

function jsonAnswers({ answers, report, result, undo, health }: Verified) {
  return {
    accepted: answers.every(holds),
    signature: report.signature.status,
    signer: report.signer.status,
    signerKeyId: "statement" in report ? report.signature.signedBy.keyId : null,
    plan: report.subject.status,
    outcome: result?.outcome ?? undo?.outcome ?? null,
    answers: answers.map(({ question, verdict, why }) => ({ question, answer: verdict, why })),
    ...(health !== undefined && { health }),
  };
}
