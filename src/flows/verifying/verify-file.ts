import { REPAIR_UNDO_TYPE } from "../../attest/statement.ts";
import type { SignerAnswer } from "../../attest/trust.ts";
import { verifyResult, type VerifyReport } from "../../attest/verify.ts";
import { errorText, RepairError } from "../../core/errors.ts";
import { findAnchorBreak, type JournalAnchor } from "../../core/records/journal-record.ts";
import { ResultSchema, type HealthReport, type Result } from "../../core/records/result.ts";
import { UndoAccountSchema, type UndoAccount } from "../../core/records/undo-account.ts";
import type { Answer, SignerIntroduction } from "../../ui/format-verification.ts";
import { claimsOf, subjectBeside, whyUnsigned } from "./find-subject.ts";
import { howToTrust, policyKeysOf } from "./introduce-signer.ts";
import type { LoadedPolicy } from "../policy/load-policy.ts";
import { runPlaceOf } from "../run-place.ts";
import type { CliServices } from "../services.ts";

const MAX_SIGNED_BYTES = 4 * 1024 * 1024;

export interface VerifyOptions {
  /** The plan of a result, the result of an undo account; undefined: beside the file. */
  readonly subject: string | undefined;
  /** A public key to trust. */
  readonly key: string | undefined;
  /** The deployment's directory; undefined: this one, and its journal need not be there. */
  readonly dir: string | undefined;
  readonly live: boolean;
  readonly policy: LoadedPolicy;
}

export interface Verified {
  readonly answers: readonly Answer[];
  readonly report: VerifyReport;
  readonly result: Result | undefined;
  readonly undo: UndoAccount | undefined;
  /** What the health checks saw just now; undefined when they were not asked. */
  readonly health: readonly HealthReport[] | undefined;
  /** How to make a signer known that is not; undefined when there is none to be made known. */
  readonly introduction: SignerIntroduction | undefined;
}

/** Each question about a signed file answered on its own; none of them stops the others. */
export async function verifyFile(
  file: string,
  options: VerifyOptions,
  services: CliServices,
): Promise<Verified> {
  const envelopeBytes = await services.files.read(file, MAX_SIGNED_BYTES);
  const claims = claimsOf(envelopeBytes);
  const subjectPath = options.subject ?? (await subjectBeside(file, claims, services));
  const subjectBytes =
    subjectPath === undefined ? undefined : await services.files.read(subjectPath, MAX_SIGNED_BYTES);
  const report = verifyResult({
    envelopeBytes,
    subjectBytes,
    trustedKeys: await services.trustedKeys(options.key),
    policyKeys: policyKeysOf(options.policy),
    predicateType: claims.predicateType,
  });
  const predicate = "statement" in report ? report.statement.predicate : undefined;
  const result = ResultSchema.safeParse(predicate).data;
  const undo = UndoAccountSchema.safeParse(predicate).data;
  const said = result ?? undo;
  const live = options.live ? await askLive(said, options, services) : undefined;
  const answers = [
    ...("statement" in report
      ? signatureAnswers(report, subjectPath, options.policy)
      : [
          unsigned(
            whatToDo(whyUnsigned(file, envelopeBytes, report.signature.error), report.signature.error),
          ),
        ]),
    ...("statement" in report ? [contentAnswer(said)] : []),
    ...(said === undefined ? [] : [await journalAnswer(said, options, services)]),
    ...(live === undefined ? [] : [live.answer]),
  ];
  const isUnknown = "statement" in report && report.signer.status === "unknown";
  const introduction = isUnknown
    ? await howToTrust(report.signer.keyId, { ...options, file }, services)
    : undefined;
  return { answers, report, result, undo, health: live?.health, introduction };
}

/** The way out, where it is the signature that is wrong and not the file that was given. */
function whatToDo(why: string, { message, hint }: RepairError): string {
  return why === message && hint !== undefined ? `${why}; ${hint}` : why;
}

function unsigned(why: string): Answer {
  return { question: "signature", verdict: "no", why, asked: true };
}

function signatureAnswers(
  report: Extract<VerifyReport, { statement: unknown }>,
  subjectPath: string | undefined,
  policy: LoadedPolicy,
): readonly Answer[] {
  const { signer, subject, statement } = report;
  const isUndo = statement.predicateType === REPAIR_UNDO_TYPE;
  return [
    { question: "signature", verdict: "yes", why: "valid: the file is as it was signed", asked: true },
    {
      question: "signer",
      verdict: signer.status === "trusted" ? "yes" : "unknown",
      why: signer.status === "trusted" ? trustedSigner(signer) : unknownSigner(signer, policy),
      asked: true,
    },
    {
      question: isUndo ? "result" : "plan",
      verdict: subject.status === "unchanged" ? "yes" : subject.status === "changed" ? "no" : "unknown",
      why:
        "error" in subject
          ? `${subject.error.message}${subjectPath === undefined ? ": name it with --plan FILE" : ""}`
          : `${subjectPath} is the ${isUndo ? "result that was taken back" : "plan that was applied"}`,
      asked: true,
    },
  ];
}

/** Which file vouches for the signer, or which flag or variable. */
function trustedSigner(signer: Extract<SignerAnswer, { status: "trusted" }>): string {
  const { keyId, from } = signer;
  switch (signer.origin) {
    case "own":
      return `your own key ${keyId}, from ${from}`;
    case "given":
      return `key ${keyId}, from ${from}`;
    case "policy":
      return `key ${keyId} of "${signer.name}", by the trustedKeys of ${from}`;
  }
}

function unknownSigner(
  { keyId, error }: Extract<SignerAnswer, { status: "unknown" }>,
  { ignoredKeys = [] }: LoadedPolicy,
): string {
  const ignored = ignoredKeys.find((key) => key.keyId === keyId);
  return ignored === undefined
    ? error.message
    : `${error.message}; that ${ignored.from} names it counts for nothing: whoever may change the deployment's directory may write that`;
}

function contentAnswer(said: Result | UndoAccount | undefined): Answer {
  if (said === undefined) {
    return {
      question: "content",
      verdict: "no",
      why: "not a repair result of a version this program reads",
      asked: true,
    };
  }
  const why = "steps" in said && "health" in said ? "a repair result" : "an account of an undo";
  return { question: "content", verdict: "yes", why, asked: true };
}

/** The journal stays with the user who ran it; a result that was sent elsewhere is no worse for that. */
async function journalAnswer(
  { plan, target, journal }: Result | UndoAccount,
  { dir }: VerifyOptions,
  services: CliServices,
): Promise<Answer> {
  const asked = dir !== undefined;
  const answer = (verdict: Answer["verdict"], why: string): Answer => ({
    question: "journal",
    verdict,
    why,
    asked: asked || verdict === "no",
  });
  try {
    const place = runPlaceOf(target, plan.name, services);
    const decoded = place && (await services.readJournal(place));
    if (decoded === undefined)
      return answer("unknown", "no journal of this run among yours: it is with the user who ran it");
    const { records } = decoded;
    if (decoded.kind === "corrupt" && records.length < journal.length)
      return answer("no", `${journal.path} is damaged at line ${decoded.line}: ${decoded.reason}`);
    const broken = findAnchorBreak(records, journal satisfies JournalAnchor);
    if (broken !== undefined) return answer("no", `${journal.path}: ${broken}`);
    if (decoded.kind === "corrupt") {
      return answer("no", `${journal.path} is damaged after it, at line ${decoded.line}: ${decoded.reason}`);
    }
    const more = records.length - journal.length;
    const since = more === 0 ? "" : `, and ${more} written since`;
    return answer("yes", `all ${journal.length} records are those that were signed${since}`);
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    return answer("unknown", thrown.message);
  }
}

async function askLive(
  said: Result | UndoAccount | undefined,
  { dir, policy }: VerifyOptions,
  services: CliServices,
): Promise<{ readonly answer: Answer; readonly health: readonly HealthReport[] }> {
  const target = await services.openTarget(dir ?? ".", policy);
  try {
    const { facts } = await target.eyes.inspect();
    const other = said && target.family.identity.otherHere(said.target, facts);
    if (other !== undefined) {
      const why = `this directory is ${other.is ?? "none"}, not ${other.was}: name it with --dir`;
      return { answer: healthAnswer("unknown", why), health: [] };
    }
    const health = target.family.health.reports(facts);
    const sick = health.filter(({ healthy }) => !healthy);
    if (health.length === 0)
      return { answer: healthAnswer("unknown", "nothing here could be asked"), health };
    if (sick.length === 0) return { answer: healthAnswer("yes", "every health check passes"), health };
    const why = sick.map(({ check, observed }) => `${check} (${observed})`).join(", ");
    return { answer: healthAnswer("no", why), health };
  } catch (thrown) {
    if (!(thrown instanceof RepairError)) throw thrown;
    return { answer: healthAnswer("unknown", errorText(thrown)), health: [] };
  } finally {
    target.close();
  }
}

function healthAnswer(verdict: Answer["verdict"], why: string): Answer {
  return { question: "healthy now", verdict, why, asked: true };
}
