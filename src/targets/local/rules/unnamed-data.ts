import type { UnnamedData } from "../facts/change-facts.ts";
import { whereOf } from "../losses/data-losses.ts";
import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import {
  composeProject,
  containerName,
  containerUnnamedData,
  otherUnnamedData,
  serviceModel,
  services,
} from "../facts/local-facts.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import { needsRecreation } from "../advice/needs-recreation.ts";
import type { Rule } from "../../../core/rule.ts";

/**
 * Data that goes, or goes out of sight, with its container. Worth knowing while the container can go on as it is; where
 * only another one would help, no step does that, and somebody has to move the data first.
 */
export const unnamedDataRule: Rule = {
  classes: ["unnamed_data"],
  detect: (facts) => [
    ...(readFact(facts, services()) ?? []).flatMap((service) => {
      const data = readFact(facts, containerUnnamedData(service)) ?? [];
      if (data.length === 0) return [];
      const container = readFact(facts, containerName(service)) ?? service;
      const fact = containerUnnamedData(service).id;
      const isStuck = needsRecreation(facts, service);
      const image = readFact(facts, serviceModel(service))?.image;
      return data.map((one) => detection(facts, { of: service, container, fact, isStuck, image }, one));
    }),
    ...(readFact(facts, otherUnnamedData()) ?? []).flatMap(({ container, data }) =>
      data.map((one) =>
        detection(
          facts,
          { of: container, container, fact: otherUnnamedData().id, isStuck: false, image: undefined },
          one,
        ),
      ),
    ),
  ],
};

interface Holder {
  readonly of: string;
  readonly container: string;
  readonly fact: string;
  /** It can't go on as it is. */
  readonly isStuck: boolean;
  readonly image: string | undefined;
}

function detection(facts: Facts, holder: Holder, { path, kind }: UnnamedData): Detection {
  const { of, container, fact, isStuck } = holder;
  const stuck = isStuck ? "; it can't run as it is, and a new container would start without that data" : "";
  return {
    class: "unnamed_data",
    severity: isStuck ? "degraded" : "info",
    confidence: 0.95,
    summary: `${of} keeps its data in ${path} of its container, ${whereOf(kind)}: whoever removes or recreates ${container} loses it${stuck}`,
    evidence: [fact],
    refutedBy: `\`docker inspect ${shellWord(container)}\` shows a named volume or a host directory at ${path}`,
    remedies: [],
    nextSteps: howToKeep(facts, holder, path),
  };
}

/** `docker cp` reads the volumes of a container that is stopped, too, and with `-a` keeps owners. */
function howToKeep(facts: Facts, { of, container, image }: Holder, path: string): readonly string[] {
  const volume = `${readFact(facts, composeProject()) ?? "devlake"}_${of}-data`;
  const copier = shellWord(`${of}-data-copy`);
  return [
    `keep the data of ${of} in a named volume: stop its container, so that the copy is consistent: \`docker stop ${shellWord(container)}\`; make the volume: \`docker volume create ${shellWord(volume)}\``,
    `copy the data: \`docker create --name ${copier} -v ${shellWord(`${volume}:/to`)} ${shellWord(image ?? "IMAGE")}\`, then \`docker cp ${shellWord(`${container}:${path}/.`)} - | docker cp -a - ${copier}:/to\`, then \`docker rm ${copier}\``,
    `mount that volume at ${path} in the Compose file (\`name: ${volume}\` and \`external: true\` below volumes), and keep the old container until the new one is seen to have the data`,
  ];
}
