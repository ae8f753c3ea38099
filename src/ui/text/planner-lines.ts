import type { PlannerRecord } from "../../core/planner-record.ts";

/** A line about who planned: what it is, and what there is to say. Not escaped yet. */
export interface PlannerLine {
  readonly label: string;
  readonly text: string;
}

/**
 * What people have to know of a model's part in a plan; empty where none was asked. The model's words
 * are marked as such: nobody has proven them.
 */
export function plannerLines(planner: PlannerRecord): readonly PlannerLine[] {
  if (planner.model === undefined) return [];
  const { diagnosis, confidence, note, notTaken, submissions = [] } = planner;
  const refused = submissions.filter(({ accepted }) => !accepted);
  const codes = [...new Set(refused.flatMap(({ diagnostics }) => diagnostics.map(({ code }) => code)))];
  const sure = confidence === undefined ? "" : ` (${Math.round(confidence * 100)}% sure)`;
  return [
    { label: "model", text: cost(planner) },
    {
      label: "plan of",
      text: `${planner.kind === "copilot" ? "the model" : "the rules"}${comparison(planner)}`,
    },
    ...(note === undefined ? [] : [{ label: "note", text: note }]),
    ...(diagnosis === undefined
      ? []
      : [
          { label: "it says", text: `${diagnosis.summary}${sure}` },
          { label: "from", text: diagnosis.evidence.join(", ") },
          { label: "wrong if", text: diagnosis.refutedBy },
        ]),
    ...(notTaken === undefined ? [] : [{ label: "not taken", text: stepsText(notTaken) }]),
    ...(refused.length === 0
      ? []
      : [
          {
            label: "refused",
            text: `${refused.length} of ${submissions.length} submissions: ${codes.join(", ")}`,
          },
        ]),
  ];
}

function cost({ model = "", provider, turns, tokens, durationMs }: PlannerRecord): string {
  return [
    provider === undefined ? model : `${model} (${provider})`,
    ...(turns === undefined ? [] : [`${turns} ${turns === 1 ? "turn" : "turns"}`]),
    ...(tokens === undefined ? [] : [`${tokens.input} tokens in, ${tokens.output} out`]),
    ...(durationMs === undefined ? [] : [`${(durationMs / 1000).toFixed(1)} s`]),
  ].join(", ");
}

function comparison({ agreesWithOffline }: PlannerRecord): string {
  if (agreesWithOffline === undefined) return "";
  return agreesWithOffline ? "; rules and model agree" : "; rules and model differ";
}

function stepsText(steps: NonNullable<PlannerRecord["notTaken"]>): string {
  if (steps.length === 0) return "no steps at all";
  return steps
    .map(({ tool, args }) => (Object.keys(args).length === 0 ? tool : `${tool} ${JSON.stringify(args)}`))
    .join(", then ");
}
