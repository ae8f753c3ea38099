import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection, Remedy } from "../../../core/finding.ts";
import type { PortHolder } from "../facts/fact-values.ts";
import {
  containerError,
  containerState,
  portHolder,
  portHolderPid,
  serviceModel,
  services,
} from "../facts/local-facts.ts";
import { alternativePort, BUNDLES_TRIED } from "../facts/port-bundle.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { unseenConflict } from "../advice/foreign-holder.ts";
import { freePortBundle } from "../advice/free-port-bundle.ts";
import { bringUpSteps } from "../advice/bring-up-steps.ts";
import type { Rule } from "../../../core/rule.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { seeWhoListens, listenersOf } from "../advice/typed-commands.ts";

/** A host port that a service wants is held by somebody else. */
export const portConflictRule: Rule = {
  classes: ["port_conflict_container", "port_conflict_host_process", "other_instance"],
  detect: (facts) => {
    const twin = devLakeElsewhere(facts);
    return twin === undefined ? conflicts(facts) : [twin];
  },
};

function conflicts(facts: Facts): readonly Detection[] {
  return (readFact(facts, services()) ?? []).flatMap((service) =>
    (readFact(facts, serviceModel(service))?.ports ?? []).flatMap(({ published, protocol }) => {
      const holder = protocol === "tcp" ? readFact(facts, portHolder(published)) : undefined;
      if (holder === undefined) return [];
      return holder.kind === "unknown"
        ? conflictByError(facts, service, published)
        : conflict(facts, service, published, holder);
    }),
  );
}

/**
 * Nothing of this project exists, and what it would start is there already under another project's name: to move ports and
 * start it would make a second, empty DevLake beside that one.
 */
function devLakeElsewhere(facts: Facts): Detection | undefined {
  const all = readFact(facts, services()) ?? [];
  if (all.some((service) => (readFact(facts, containerState(service)) ?? "absent") !== "absent"))
    return undefined;
  const wanted = all.flatMap((service) => readFact(facts, serviceModel(service))?.ports ?? []);
  const held = wanted.flatMap(({ published }) => {
    const holder = readFact(facts, portHolder(published));
    return holder?.kind === "container" && isDevLake(holder.image) ? [{ published, holder }] : [];
  });
  const [first] = held;
  const project = first?.holder.project;
  if (first === undefined || project === undefined) return undefined;
  const { name, directory } = first.holder;
  const where = directory === undefined ? "" : `, started in ${directory}`;
  const go = directory === undefined ? "" : ` --dir ${shellWord(directory)}`;
  return {
    class: "other_instance",
    severity: "blocking",
    confidence: 0.9,
    summary: `DevLake runs here already, as project ${project} (container "${name}" has host port ${first.published}${where}); to start this project would make a second, empty one beside it`,
    evidence: held.map(({ published }) => portHolder(published).id),
    refutedBy: `the containers of project ${project} are no DevLake, or two of them are wanted`,
    remedies: [],
    nextSteps: [
      `if that is the one that you mean, work on it: \`COMPOSE_PROJECT_NAME=${shellWord(project)} gh devlake repair${go}\``,
      "if you do want a second one, publish its services on other ports in the Compose file first",
      RUN_AGAIN,
    ],
  };
}

function isDevLake(image: string | undefined): boolean {
  return /(?:^|\/)devlake(?:-dashboard|-config-ui)?(?:[:@]|$)/.test(image ?? "");
}

function conflict(facts: Facts, service: string, port: number, holder: PortHolder): readonly Detection[] {
  const evidence = [portHolder(port).id];
  if (readFact(facts, containerError(service)) !== undefined) evidence.push(containerError(service).id);
  const shared = {
    severity: "blocking",
    evidence,
    refutedBy: `${portHolder(port).id} is free`,
    remedies: remedies(facts, holder),
  } as const;
  if (holder.kind === "container") {
    const owner = holder.project === undefined ? "no Compose project" : `project ${holder.project}`;
    return [
      {
        ...shared,
        class: "port_conflict_container",
        confidence: 0.98,
        summary: `host port ${port} is published by container "${holder.name}" (${owner}), so ${service} cannot start`,
        nextSteps: [
          ...noRoom(facts, service, port),
          `free the port yourself, if that container is not needed: \`docker stop ${shellWord(holder.name)}\``,
          RUN_AGAIN,
        ],
      },
    ];
  }
  if (holder.kind === "process") {
    const pid = readFact(facts, portHolderPid(port));
    const name =
      holder.name === undefined ? "a process that this user may not see" : `process "${holder.name}"`;
    return [
      {
        ...shared,
        class: "port_conflict_host_process",
        confidence: holder.name === undefined ? 0.9 : 0.98,
        summary: `host port ${port} is held by ${name}, so ${service} cannot start`,
        nextSteps: [
          ...noRoom(facts, service, port),
          seeWhoListens(port),
          `stop that process${pid === undefined ? "" : ` (pid ${pid})`} if it is not needed`,
          RUN_AGAIN,
        ],
      },
    ];
  }
  return [];
}

/** What the Engine said is all there is. Where the port may go cannot be seen either: a person has to choose. */
function conflictByError(facts: Facts, service: string, port: number): readonly Detection[] {
  const error = unseenConflict(facts, service, port);
  if (error === undefined) return [];
  return [
    {
      class: error.holder === "container" ? "port_conflict_container" : "port_conflict_host_process",
      severity: "blocking",
      confidence: 0.85,
      summary: `port ${port} of the engine's host was taken by ${error.holder === "container" ? "another container" : "a process"} when ${service} was started; who has it cannot be seen from here`,
      evidence: [portHolder(port).id, containerError(service).id],
      refutedBy: `nothing listens on port ${port} of the engine's host`,
      remedies: [],
      nextSteps: [
        error.holder === "container"
          ? `see which container has it: \`docker ps --filter publish=${port}\``
          : `on the engine's host, see who listens: ${listenersOf(port)}`,
        `stop it if it is not needed, or publish ${service} on another port in the Compose file`,
        ...bringUpSteps(facts, [service]).map((step) => `if nothing has it any more, ${step}`),
        "best use `gh devlake repair` on that host: there it sees who has the port, and can move yours",
        RUN_AGAIN,
      ],
    },
  ];
}

/** Said only when the ports cannot be moved because no set of alternatives is free. */
function noRoom(facts: Facts, service: string, port: number): readonly string[] {
  if (freePortBundle(facts) !== undefined) return [];
  const target = readFact(facts, serviceModel(service))?.ports.find(
    ({ published }) => published === port,
  )?.target;
  const [first, last] = [0, BUNDLES_TRIED - 1].map((bundle) => alternativePort(port, target ?? port, bundle));
  if (readFact(facts, portHolder(first ?? port))?.kind === "unknown")
    return ["the ports cannot be moved from here: which ones are free on the engine's host cannot be seen"];
  return [`no set of free ports was found to move to: from ${first} to ${last}, each had one that is taken`];
}

function remedies(facts: Facts, holder: PortHolder): readonly Remedy[] {
  const args = moveArgs(facts);
  if (args === undefined) return [];
  const whose =
    holder.kind === "container" ? "the holder is not ours" : "the holder is a process of this host";
  return [
    {
      tool: "rewrite_local_ports_to_alt_bundle",
      args,
      why: `${whose}; moving our own ports needs no one else's downtime`,
    },
  ];
}

/** The same object for every conflict of the same facts, so that it need not be compared member by member. */
function moveArgs(facts: Facts): Remedy["args"] | undefined {
  const bundle = freePortBundle(facts);
  if (bundle === undefined) return undefined;
  const args = argsOf.get(bundle) ?? { bundle };
  argsOf.set(bundle, args);
  return args;
}

const argsOf = new WeakMap<Readonly<Record<string, number>>, Remedy["args"]>();
