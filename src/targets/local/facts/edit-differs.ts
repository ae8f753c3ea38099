import type { ComposeSource, EditOutcome } from "../compose-edit/types.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import { serviceModel, services } from "./local-facts.ts";
import { editPorts, movesOf, sourcesInFacts } from "./port-moves.ts";

/** A service whose port would be moved otherwise in the masked files than in the real ones, and where. */
export interface DifferingEdit {
  readonly service: string;
  readonly places: string[];
}

/**
 * The services whose port move a preview could not show as it would be made. `real`: the texts of the sources in the
 * facts, by path, with secrets; none of them is in what is returned.
 */
export function differingEdits(facts: Facts, real: ReadonlyMap<string, string>): readonly DifferingEdit[] {
  const masked = sourcesInFacts(facts);
  const texts = masked.map((source): ComposeSource => ({
    ...source,
    text: real.get(source.path) ?? source.text,
  }));
  if (texts.every(({ text }, index) => text === masked[index]?.text)) return [];
  return (readFact(facts, services()) ?? []).flatMap((service) => {
    const bundle = { [service]: unpublishedPort(facts) };
    if (movesOf(facts, bundle).some((move) => "unclear" in move)) return [];
    const places = editsDiffer(
      editPorts(facts, bundle, masked, "edited scalars"),
      editPorts(facts, bundle, texts, "edited scalars"),
    );
    return places.length === 0 ? [] : [{ service, places: [...places] }];
  });
}

/** One that no service publishes: where to, makes no difference but for those. */
function unpublishedPort(facts: Facts): number {
  const published = new Set(
    (readFact(facts, services()) ?? []).flatMap((service) =>
      (readFact(facts, serviceModel(service))?.ports ?? []).map((port) => port.published),
    ),
  );
  let port = 65_535;
  while (published.has(port)) port -= 1;
  return port;
}

/** Where one edit changes or refuses something that the other does not, as `file:line`; empty when they are the same. */
export function editsDiffer(shown: EditOutcome, made: EditOutcome): readonly string[] {
  const [before, after] = [placesOf(shown), placesOf(made)];
  const only = [...before]
    .filter(([key]) => !after.has(key))
    .concat([...after].filter(([key]) => !before.has(key)));
  return [...new Set(only.map(([, place]) => place))].sort();
}

/** Each change and refusal, and its place. */
function placesOf(outcome: EditOutcome): ReadonlyMap<string, string> {
  const entries =
    outcome.kind === "refused"
      ? outcome.refusals.map(
          ({ path, line }) => [`refused ${path}:${line ?? ""}`, placeOf(path, line)] as const,
        )
      : outcome.files.flatMap(({ path, changes }) =>
          changes.map(({ line, from, to }, index) => {
            const nth = changes.slice(0, index).filter((other) => other.line === line).length;
            return [`${path}:${line} ${nth} ${from} ${to}`, placeOf(path, line)] as const;
          }),
        );
  return new Map(entries);
}

function placeOf(path: string, line: number | undefined): string {
  return line === undefined ? path : `${path}:${line}`;
}
