import type { ClassifiedFinding } from "../../../core/finding.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { composeSources, containerName, portHolder, serviceModel } from "../facts/local-facts.ts";
import { seeWhoListens } from "./typed-commands.ts";

/**
 * What a model may tell people to do. The list is closed and the words are ours: advice that a log
 * line has put into the model's mouth must not reach a person as an instruction of this program.
 */
const nextStepKinds = [
  "read_log",
  "inspect_container",
  "see_who_holds_port",
  "look_at_file",
  "check_fact",
  "follow_finding",
  "inspect_again",
] as const;
type NextStepKind = (typeof nextStepKinds)[number];

/** For the prompt: what `about` has to name. */
export const nextStepHelp: Readonly<Record<NextStepKind, string>> = {
  read_log: "a service whose log holds more than the facts show",
  inspect_container: "a service whose container has to be looked at",
  see_who_holds_port: "a host port, in digits",
  look_at_file: "the path of a Compose source file",
  check_fact: "the id of a fact that should be verified by hand",
  follow_finding: "the id of a finding whose own advice fits",
  inspect_again: "empty: look again when it has settled",
};

/** The words for a person, or what is wrong with it. */
export function nextStepText(
  { do: kind, about }: { readonly do: string; readonly about: string },
  facts: Facts,
  findings: readonly ClassifiedFinding[],
): { readonly texts: readonly string[] } | { readonly problem: string } {
  if (!isKind(kind)) return { problem: `there is no advice "${kind}"` };
  switch (kind) {
    case "read_log":
      if (readFact(facts, serviceModel(about)) === undefined) return noSuch("service", about);
      return { texts: [`read the whole log: \`docker compose logs --tail 200 ${word(about)}\``] };
    case "inspect_container": {
      const name = readFact(facts, containerName(about));
      if (name === undefined) return noSuch("service with a container", about);
      return {
        texts: [`look at the container: \`docker inspect ${word(name)} --format '{{json .State}}'\``],
      };
    }
    case "see_who_holds_port":
      if (!/^\d{1,5}$/.test(about) || readFact(facts, portHolder(about)) === undefined)
        return noSuch("port that was looked at", about);
      return {
        texts: [seeWhoListens(about)],
      };
    case "look_at_file":
      if (!(readFact(facts, composeSources()) ?? []).some(({ path }) => path === about))
        return noSuch("Compose source", about);
      return { texts: [`look at what it says: ${word(about)}`] };
    case "check_fact":
      return facts.has(about)
        ? { texts: [`check by hand what the fact says: ${about}`] }
        : noSuch("fact", about);
    case "follow_finding": {
      const finding = findings.find(({ id }) => id === about);
      if (finding === undefined) return noSuch("finding", about);
      return finding.nextSteps.length > 0
        ? { texts: finding.nextSteps }
        : { problem: `finding ${about} has no advice of its own` };
    }
    case "inspect_again":
      return { texts: ["look again when it has settled: `gh devlake repair`"] };
  }
}

function isKind(text: string): text is NextStepKind {
  return nextStepKinds.some((kind) => kind === text);
}

function noSuch(what: string, about: string): { readonly problem: string } {
  return { problem: `there is no ${what} "${about}"` };
}

/** One word for any shell: names of services and files are anybody's text. */
function word(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) && !text.startsWith("-")
    ? text
    : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const anyWord = String.raw`(?:[\w./:@%+=,-]+|'[^'\x60\n]*')`;

/** The sentences above, as patterns. */
export const nextStepPatterns: readonly string[] = [
  String.raw`read the whole log: \x60docker compose logs --tail 200 ${anyWord}\x60`,
  String.raw`look at the container: \x60docker inspect ${anyWord} --format '\{\{json \.State\}\}'\x60`,
  RegExp.escape(seeWhoListens(0)).replaceAll(/:0(?!\d)/g, String.raw`:\d{1,5}`),
  `look at what it says: ${anyWord}`,
  String.raw`check by hand what the fact says: [\w.-]+`,
  String.raw`look again when it has settled: \x60gh devlake repair\x60`,
];
