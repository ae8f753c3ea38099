import { dirname, join } from "node:path";
import { defineCommand } from "citty";
import { verifyResult, type VerifyReport } from "../../attest/verify.ts";
import { ResultSchema, type Result } from "../../core/result.ts";
import { MAX_PLAN_BYTES } from "../../plan/plan-file.ts";
import { formatVerification, type Answer } from "../../ui/format-verification.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import type { CliServices } from "../services.ts";

const MAX_RESULT_BYTES = 4 * 1024 * 1024;

/** `repair verify FILE`: is the result whole, who signed it, and is the plan still the one it is about? */
export function verifyCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "verify",
      description: "Check a signed result: signature, signer, and that the plan is unchanged",
    },
    args: {
      file: { type: "positional", required: true, description: "the result file" },
      plan: {
        type: "string",
        valueHint: "FILE",
        description: "the plan it is about (default: beside the result)",
      },
      key: { type: "string", valueHint: "FILE", description: "public key to trust, PEM (default: your own)" },
      json: { type: "boolean", description: "print the answers as JSON" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      const envelopeBytes = await services.files.read(args.file, MAX_RESULT_BYTES);
      const trustedKeys = await services.trustedKeys(args.key);
      const planPath = args.plan ?? planBeside(args.file);
      const planBytes =
        args.plan !== undefined || (await services.files.exists(planPath))
          ? await services.files.read(planPath, MAX_PLAN_BYTES)
          : undefined;
      const report = verifyResult({ envelopeBytes, planBytes, trustedKeys });
      const result =
        report.signature.status === "valid" ? ResultSchema.safeParse(resultIn(report)).data : undefined;
      const accepted =
        report.signature.status === "valid" &&
        report.signer.status === "trusted" &&
        report.subject.status === "unchanged" &&
        result !== undefined;
      services.print(
        args.json === true
          ? `${JSON.stringify(jsonAnswers(accepted, report, result), undefined, 2)}\n`
          : `${formatVerification(answers(report, result, planPath), result, services.style)}\n`,
      );
      return accepted ? exitCodes.ok : exitCodes.usage;
    },
  });
}

function resultIn(report: VerifyReport): unknown {
  return "statement" in report ? report.statement.predicate : undefined;
}

/** `x.plan.result.json` and `x.plan.result.2.json` are about `x.plan.yaml`. */
function planBeside(resultPath: string): string {
  const name = resultPath.split(/[\\/]/).at(-1) ?? resultPath;
  return join(dirname(resultPath), name.replace(/\.result(?:\.\d+)?\.json$/, ".yaml"));
}

function answers(report: VerifyReport, result: Result | undefined, planPath: string): readonly Answer[] {
  if (!("statement" in report)) {
    return [{ question: "signature", good: false, answer: report.signature.error.message }];
  }
  const { signer, subject } = report;
  return [
    { question: "signature", good: true, answer: "valid: the file is as it was signed" },
    {
      question: "signer",
      good: signer.status === "trusted",
      answer: "error" in signer ? signer.error.message : trustedSigner(signer),
    },
    {
      question: "plan",
      good: subject.status === "unchanged",
      answer: "error" in subject ? subject.error.message : `${planPath} is the plan that was applied`,
    },
    {
      question: "content",
      good: result !== undefined,
      answer:
        result === undefined ? "not a repair result of a version this program reads" : "a repair result",
    },
  ];
}

function trustedSigner(signer: { readonly origin: "own" | "given"; readonly keyId: string }): string {
  return `${signer.origin === "own" ? "your own key" : "the key you gave"} (${signer.keyId.slice(0, 16)})`;
}

function jsonAnswers(accepted: boolean, report: VerifyReport, result: Result | undefined) {
  return {
    accepted,
    signature: report.signature.status,
    signer: report.signer.status,
    plan: report.subject.status,
    outcome: result?.outcome ?? null,
  };
}
