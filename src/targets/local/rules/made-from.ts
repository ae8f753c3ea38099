import { readFact } from "../../../core/fact.ts";
import { madeFrom } from "../facts/local-facts.ts";
import { otherFilesText } from "../facts/made-from-text.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Detection } from "../../../core/finding.ts";
import type { Rule } from "../../../core/rule.ts";

/** The containers are of other files than these: nothing is edited here, and nothing created or recreated from them. */
export const madeFromRule: Rule = {
  classes: ["other_instance"],
  detect: (facts) => {
    const made = readFact(facts, madeFrom());
    if (made?.status === "these_files" && made.movedFrom !== undefined) return [moved(made.movedFrom)];
    if (made?.status !== "other_files") return [];
    return [
      {
        class: "other_instance",
        severity: "info",
        confidence: 0.95,
        summary: otherFilesText(made),
        evidence: [madeFrom().id],
        refutedBy: `${madeFrom().id} says that they were made from these files`,
        remedies: [],
        nextSteps: [
          made.directory === undefined
            ? "work with the files that the containers were made from: `docker compose ls --all` lists them"
            : `look at them in their own directory: gh devlake repair --dir ${shellWord(made.directory)}`,
        ],
      },
    ];
  },
};

/** Worth knowing: what differs in the files since then is told setting by setting. */
function moved(from: string): Detection {
  return {
    class: "other_instance",
    severity: "info",
    confidence: 0.8,
    summary: `the containers were made in ${from}, which is not on this machine any more; files of the same names stand here, and are taken for theirs`,
    evidence: [madeFrom().id],
    refutedBy: `${from} is there, or was another deployment's`,
    remedies: [],
    nextSteps: [],
  };
}
