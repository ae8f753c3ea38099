import { defineCommand } from "citty";
import { digestBytes } from "../../core/text/digest.ts";
import { RepairError } from "../../core/errors.ts";
import type { Policy } from "../../core/policy/policy.ts";
import { lintPlan, type LintContext } from "../../plan/checks/lint-plan.ts";
import { parsePlanFile } from "../../plan/files/plan-file.ts";
import { lintPolicy } from "../../plan/checks/lint-policy.ts";
import { decodeUtf8 } from "../../core/text/utf8.ts";
import { notUtf8 } from "../../plan/files/strict-yaml.ts";
import { isDirectoryPolicy, isPolicyFile } from "../../plan/files/policy-file.ts";
import type { SchemaCheck } from "../../ports/published-schemas.ts";
import { escapeJson } from "../../ui/text/escape.ts";
import { diagnosticsJson, isRefused, type DiagnosedFile } from "../../ui/format-diagnostics.ts";
import { formatLint } from "../../ui/format-lint.ts";
import { exitCodes, type ExitCode } from "../exit-code.ts";
import { loadPolicy } from "../../flows/policy/load-policy.ts";
import { inspectTarget, loadFacts, type PlanSource } from "../../flows/planning/make-plan.ts";
import { reviewedValues } from "../../flows/reviewed-values.ts";
import type { CliServices } from "../../flows/services.ts";
import { POLICY_FLAG } from "../flag-words.ts";

/** Larger than a plan may be, so that the parser can say what is wrong with one that is. */
const MAX_BYTES = 1024 * 1024;

/** `repair lint FILE...`: all that is wrong with plans and policies, for CI. */
export function lintCommand(services: CliServices) {
  return defineCommand({
    meta: {
      name: "lint",
      description: "Check plan and policy files: schema, catalog, policy, and whether plans still hold",
    },
    args: {
      file: { type: "positional", required: true, valueHint: "...", description: "the files" },
      live: { type: "boolean", description: "compare with the deployment as it is now" },
      facts: { type: "string", valueHint: "FILE", description: "compare with a facts bundle" },
      dir: {
        type: "string",
        valueHint: "DIRECTORY",
        default: ".",
        description: "the deployment's directory",
      },
      policy: {
        type: "string",
        valueHint: "FILE",
        description: POLICY_FLAG,
      },
      json: { type: "boolean", description: "print what is wrong as JSON" },
      verbose: { type: "boolean", description: "print stack traces" },
    },
    run: async ({ args }): Promise<ExitCode> => {
      if (args.live === true && args.facts !== undefined) {
        throw new RepairError("usage", "--live does not go with --facts", {
          hint: "compare with the deployment or with the bundle, not with both",
        });
      }
      const read: ReadFile[] = [];
      for (const file of args._) read.push(await readFile(file, services));
      const isAboutPlans = read.some(({ kind }) => kind === "plan");
      // Policies are judged alone: one that is broken must not keep itself from being linted.
      const context = isAboutPlans ? await planContext(args, services) : undefined;
      const policySchema = await services.publishedSchema("repair-policy.v1");
      const files: DiagnosedFile[] = [];
      for (const file of read) files.push(await lintFile(file, context, policySchema, services));
      const comparedWith = args.live === true ? "the deployment as it is now" : args.facts;
      services.print(
        args.json === true
          ? `${escapeJson(JSON.stringify(diagnosticsJson(files), undefined, 2))}\n`
          : `${formatLint(files, services.style, { isAboutPlans, comparedWith })}\n`,
      );
      return files.some(({ diagnostics }) => isRefused(diagnostics)) ? exitCodes.usage : exitCodes.ok;
    },
  });
}

interface Given {
  readonly live?: boolean | undefined;
  readonly facts?: string | undefined;
  readonly dir: string;
  readonly policy?: string | undefined;
  readonly json?: boolean | undefined;
}

/** What plans are judged by. That repairs are disabled somewhere says nothing about a plan. */
async function planContext(given: Given, services: CliServices): Promise<LintContext & Compared> {
  const policy = await loadPolicy(given.dir, given.policy, services);
  return {
    families: services.families,
    schema: await services.publishedSchema("repair-plan.v1"),
    policy,
    now: services.clock.now(),
    ...(await factsFor(given, policy, services)),
  };
}

/** `seen`: of a deployment that is looked at now. */
type Compared = Pick<LintContext, "facts"> & Pick<PlanSource, "seen">;

async function factsFor(given: Given, policy: Policy, services: CliServices): Promise<Compared> {
  if (given.facts !== undefined) {
    const { facts } = await loadFacts(given.facts, services);
    return { facts };
  }
  if (given.live !== true) return { facts: undefined };
  const { reporter, close } = services.openReporter(given.json === true);
  const target = await services.openTarget(given.dir, policy);
  try {
    return await inspectTarget(target, given.dir, reporter, services);
  } finally {
    target.close();
    close();
  }
}

type ReadFile =
  | {
      readonly kind: "plan" | "policy";
      readonly file: string;
      readonly text: string;
      readonly isUtf8: boolean;
      readonly digest: string;
    }
  | { readonly kind: "unreadable"; readonly file: string; readonly why: RepairError };

async function readFile(file: string, services: CliServices): Promise<ReadFile> {
  try {
    const bytes = await services.files.read(file, MAX_BYTES, { links: "inside" });
    const text = bytes.toString("utf8");
    return {
      kind: isPolicyFile(file, text) ? "policy" : "plan",
      file,
      text,
      isUtf8: decodeUtf8(bytes) !== undefined,
      digest: digestBytes(bytes),
    };
  } catch (thrown) {
    if (!(thrown instanceof RepairError) || thrown.code !== "file_unreadable") throw thrown;
    return { kind: "unreadable", file, why: thrown };
  }
}

/** A file that cannot be read is refused like any other, so that the rest are still checked. */
async function lintFile(
  read: ReadFile,
  context: (LintContext & Compared) | undefined,
  policySchema: SchemaCheck,
  services: CliServices,
): Promise<DiagnosedFile> {
  const { file } = read;
  if (read.kind === "unreadable") {
    const { message, hint } = read.why;
    const unreadable = { code: "P0001", message, help: hint, position: undefined, path: "" } as const;
    return { file, text: undefined, diagnostics: [unreadable] };
  }
  const { text } = read;
  if (!read.isUtf8) return { file, text, diagnostics: [notUtf8] };
  if (read.kind === "policy" || context === undefined)
    return {
      file,
      text,
      diagnostics: lintPolicy(services.families, text, policySchema, {
        isDirectorys: isDirectoryPolicy(file),
      }),
    };
  const parsed = context.seen === undefined ? undefined : parsePlanFile(text);
  if (parsed?.kind !== "ok" || context.seen === undefined)
    return { file, text, diagnostics: lintPlan(text, context) };
  const { readMasked, directory } = context.seen;
  const saved = { plan: parsed.plan, digest: read.digest };
  const masked = { readMasked, reviewed: await reviewedValues(saved, directory, services) };
  return { file, text, diagnostics: lintPlan(text, { ...context, masked }) };
}
