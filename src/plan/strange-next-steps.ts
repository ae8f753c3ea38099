import type { ClassifiedFinding } from "../core/finding.ts";
import type { Plan } from "../core/plan.ts";
import { shellWord } from "../core/shell-word.ts";

const word = String.raw`(?:[\w./:@%+=,-]+|'[^'\x60\n]*')`;

/** What the compiler and a model's closed list say beside the rules' own advice (assemble.ts, copilot-next-steps.ts). */
const ours: readonly RegExp[] = [
  String.raw`read the whole log: \x60docker compose logs --tail 200 ${word}\x60`,
  String.raw`look at the container: \x60docker inspect ${word} --format '\{\{json \.State\}\}'\x60`,
  String.raw`see who listens: \x60ss -ltnp 'sport = :\d{1,5}'\x60 \(Linux\), \x60lsof -nP -iTCP:\d{1,5} -sTCP:LISTEN\x60 \(macOS\), \x60netstat -ano\x60 \(Windows\)`,
  `look at what it says: ${word}`,
  String.raw`check by hand what the fact says: [\w.-]+`,
  String.raw`look again when it has settled: \x60gh devlake repair\x60`,
  String.raw`to plan by the rules alone: \x60gh devlake repair --plan-only --planner offline\x60`,
  String.raw`judge [a-z_]{1,60} yourself: it is [\w .,%]{1,120}`,
  String.raw`judge the cause yourself, [\w ./:@-]{1,80} is not sure of it: look at [\w., -]{1,600}`,
  String.raw`ask for another policy: (?:the repair takes \d+ steps, the policy allows \d+|the policy (?:denies|allows only) [a-z_, ]{1,600}|the policies allow no tool in common|[a-z_]{1,60} is [a-z]{1,20}, the policy allows [a-z]{1,20} at most)`,
].map((text) => new RegExp(`^${text}$`));

/**
 * The numbers of the next steps that are none of ours. People type what stands there, so in a plan that anybody may
 * have edited it has to be the advice of the rules on these facts, or one of the few other sentences that we write.
 */
export function strangeNextSteps(
  { nextSteps, outcome, metadata }: Plan,
  findings: readonly ClassifiedFinding[],
): readonly number[] {
  const advice = new Set(findings.flatMap((finding) => finding.nextSteps));
  advice.add(`go to the deployment's directory: \`cd ${shellWord(metadata.target.directory)}\``);
  return nextSteps.flatMap((step, index) =>
    outcome === "escalate" && (advice.has(step) || ours.some((pattern) => pattern.test(step))) ? [] : [index],
  );
}
