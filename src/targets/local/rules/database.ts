import { readFact, type Facts } from "../../../core/fact.ts";
import type { Detection } from "../../../core/finding.ts";
import { containerOomKilled, databaseDiskFull, databaseHost, databaseService } from "../facts/local-facts.ts";
import { diskFullSteps } from "../causes/database-causes.ts";
import { databaseTrouble, type DatabaseTrouble } from "../health/service-trouble.ts";
import { shellWord } from "../../../core/text/shell-word.ts";
import type { Rule } from "../../../core/rule.ts";
import { waitable } from "../advice/running-service.ts";
import { RUN_AGAIN } from "../../../core/text/own-commands.ts";
import { giveMoreMemory } from "../advice/typed-commands.ts";

/** The database's container runs, or is started again and again, and is in no good state. */
export const databaseRule: Rule = {
  classes: [
    "disk_full",
    "db_data_dir_incompatible",
    "db_option_unknown",
    "volume_mount_denied",
    "db_corrupted",
    "other_instance",
    "oom_killed",
    "service_unhealthy",
    "unknown",
  ],
  detect: (facts) => {
    const trouble = databaseTrouble(facts);
    return [...(trouble === undefined ? [] : [detection(facts, trouble)]), ...untold(facts)];
  },
};

/** What is asked of the database itself is not known then; its data is read through the backend all the same. */
function untold(facts: Facts): readonly Detection[] {
  const told = readFact(facts, databaseService());
  if (told?.status !== "unknown") return [];
  return [
    {
      class: "unknown",
      severity: "info",
      confidence: 0.95,
      summary: `DB_URL does not tell which of ${told.services.join(", ")} is DevLake's database: by host and scheme it is none of them alone`,
      evidence: [databaseService().id, ...(facts.has(databaseHost().id) ? [databaseHost().id] : [])],
      refutedBy: `the host in DB_URL names one of these services: ${told.services.join(", ")}`,
      remedies: [],
      nextSteps: [],
    },
  ];
}

function detection(facts: Facts, trouble: DatabaseTrouble): Detection {
  const { service, what, evidence, cause, mayPass } = trouble;
  if (mayPass) {
    return waitable({
      class: "unknown",
      confidence: 0.6,
      summary: `${service} is ${what}`,
      evidence: [...evidence],
      refutedBy,
      service,
    });
  }
  const name = classOf(facts, trouble);
  return {
    class: name,
    severity: "blocking",
    confidence: cause === undefined ? 0.85 : 0.95,
    summary: `the database ${service} is ${what}${cause === undefined ? "" : `: ${cause.cause}`}`,
    evidence: [...evidence, ...(cause === undefined ? [] : [cause.evidence])],
    refutedBy,
    remedies: [],
    nextSteps: [
      ...(cause?.nextSteps ?? ownSteps(name, service)),
      `read the whole message: \`docker compose logs --tail 100 ${shellWord(service)}\``,
      RUN_AGAIN,
    ],
  };
}

const refutedBy = "the database runs for longer without a restart";

function classOf(facts: Facts, { cause, service }: DatabaseTrouble): Detection["class"] {
  if (cause !== undefined) return cause.class;
  if (readFact(facts, databaseDiskFull()) === true) return "disk_full";
  return readFact(facts, containerOomKilled(service)) === true ? "oom_killed" : "service_unhealthy";
}

const logIsAll =
  "once there is room, look again after 10 minutes: until then its log still counts, which is all that tells";

function ownSteps(name: Detection["class"], service: string): readonly string[] {
  if (name === "oom_killed") return [giveMoreMemory(service)];
  return name === "disk_full" ? [...diskFullSteps, logIsAll] : [];
}
