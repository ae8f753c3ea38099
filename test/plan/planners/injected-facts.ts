import { FactsDraft, readFact, type Facts } from "../../../src/core/fact.ts";
import {
  composeSource,
  composeSources,
  containerError,
  containerHealth,
  engineError,
  logLine,
  portHolder,
  projectVolumes,
  serviceModel,
  services,
  shellVariables,
  stateFile,
  strayContainers,
} from "../../../src/targets/local/facts/local-facts.ts";

/** One place in a deployment that strangers can write to, and whether people are shown what stands there. */
export interface Place {
  readonly name: string;
  /** `hidden`: the plan must be the same but for digests. `shown`: but for the text itself, too. */
  readonly plan: "hidden" | "shown";
  readonly put: (facts: Facts, text: string) => Facts;
}

/** What a comment, a name or a path can hold: one line. */
function line(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\r\n\u2028\u2029]+/g, " ")
    .replaceAll("\0", " ");
}

function draft(facts: Facts, change: (draft: FactsDraft) => void): Facts {
  const changed = new FactsDraft(facts);
  change(changed);
  return changed.facts();
}

/** A comment that was there gets other words, so that all lines keep their numbers. */
function commentIn(facts: Facts, path: string, text: string): Facts {
  const source = readFact(facts, composeSource(path))?.text ?? "";
  const changed = source.replace(/^# .*$/m, () => `# ${line(text)}`);
  if (changed === source) throw new Error(`${path} has no comment`);
  return draft(facts, (one) => one.set(composeSource(path), { text: changed }));
}

export const places: readonly Place[] = [
  {
    name: "a log line of every service",
    plan: "hidden",
    put: (facts, text) =>
      draft(facts, (one) => {
        for (const service of readFact(facts, services()) ?? []) one.set(logLine(service, 77), text);
      }),
  },
  {
    name: "a comment in the Compose file",
    plan: "hidden",
    put: (facts, text) => commentIn(facts, "docker-compose.yml", text),
  },
  { name: "a comment in .env", plan: "hidden", put: (facts, text) => commentIn(facts, ".env", text) },
  {
    name: "an error text of the engine",
    plan: "hidden",
    put: (facts, text) => draft(facts, (one) => one.set(engineError(), text)),
  },
  {
    name: "an error text of a container",
    plan: "hidden",
    put: (facts, text) => draft(facts, (one) => one.set(containerError("mysql"), text)),
  },
  {
    name: "a health text",
    plan: "hidden",
    put: (facts, text) => draft(facts, (one) => one.set(containerHealth("mysql"), text)),
  },
  {
    name: "the name of an image",
    plan: "hidden",
    put: (facts, text) => {
      const model = readFact(facts, serviceModel("mysql"));
      if (model === undefined) throw new Error("no mysql");
      return draft(facts, (one) => one.set(serviceModel("mysql"), { ...model, image: `mysql:8 ${text}` }));
    },
  },
  {
    name: "the name of a volume",
    plan: "hidden",
    put: (facts, text) =>
      draft(facts, (one) => one.set(projectVolumes(), [...(readFact(facts, projectVolumes()) ?? []), text])),
  },
  {
    name: "the state file",
    plan: "hidden",
    put: (facts, text) =>
      draft(facts, (one) =>
        one.set(stateFile(), {
          status: "present",
          text: JSON.stringify({ note: text }),
          endpoints: {
            backend: "http://localhost:8085",
            grafana: "http://localhost:3004",
            configUi: "http://localhost:4004",
          },
        }),
      ),
  },
  {
    name: "the name of an environment variable",
    plan: "shown",
    put: (facts, text) => draft(facts, (one) => one.set(shellVariables(), { [line(text)]: line(text) })),
  },
  {
    name: "the name of a file",
    plan: "shown",
    put: (facts, text) => {
      const path = `${line(text).replaceAll("/", "_")}.env`;
      const known = readFact(facts, composeSources()) ?? [];
      return draft(facts, (one) =>
        one
          .set(composeSources(), [...known, { path, role: "env" }])
          .set(composeSource(path), { text: "A=1\n" }),
      );
    },
  },
  {
    name: "the name of a stray container",
    plan: "shown",
    put: (facts, text) =>
      draft(facts, (one) => one.set(strayContainers(), [{ name: text, service: text, state: "running" }])),
  },
  {
    name: "name, project, directory and image of a foreign container",
    plan: "shown",
    put: (facts, text) =>
      draft(facts, (one) =>
        one.set(portHolder(8080), {
          kind: "container",
          name: text,
          project: text,
          directory: text,
          image: text,
        }),
      ),
  },
];

/** Every place at once. */
export function injectedEverywhere(facts: Facts, text: string): Facts {
  return places.reduce((current, place) => place.put(current, text), facts);
}
