import { readFact, unavailableReason, type Facts } from "../../../core/fact.ts";
import type { BackendData, DataAnswer } from "../facts/fact-values.ts";
import { backendData } from "../facts/local-facts.ts";
import type { HealthReport } from "../../../core/records/result.ts";

type Asked = Extract<BackendData, { status: "asked" }>;

/** What every question came back as in a healthy deployment: what a simulated step may promise. */
export const allRead: Asked = {
  status: "asked",
  health: "good",
  blueprints: "good",
  pipelines: "good",
  plugins: "good",
  connections: {},
  unread: 0,
};

/** The questions that got one of these answers, as people call them. */
export function questionsWith(data: Asked, ...answers: readonly DataAnswer[]): readonly string[] {
  const asked = [
    ["/health", data.health],
    ["blueprints", data.blueprints],
    ["pipelines", data.pipelines],
    ["plugins", data.plugins],
    ...Object.entries(data.connections).map(
      ([plugin, answer]) => [`connections of ${plugin}`, answer] as const,
    ),
  ] as const;
  return asked.flatMap(([what, answer]) => (answers.includes(answer) ? [what] : []));
}

const wrong: readonly (readonly [answer: DataAnswer, what: string])[] = [
  ["secret", "ENCRYPTION_SECRET does not decrypt"],
  ["database", "the database failed for"],
  ["silent", "no answer in time for"],
  ["nothing", "an error without a word for"],
  ["failing", "an error for"],
];

/** Whether the backend reads what it stores, and what was not read. */
export function dataHealth(facts: Facts): Omit<HealthReport, "check"> {
  const data = readFact(facts, backendData());
  if (data === undefined) {
    const reason = unavailableReason(facts, backendData());
    return { healthy: false, observed: `not observed${reason === undefined ? "" : `: ${reason}`}` };
  }
  if (data.status === "not_asked")
    return { healthy: false, observed: "not asked, since the backend is not ready" };
  const ills = wrong.flatMap(([answer, what]) => {
    const questions = questionsWith(data, answer);
    return questions.length === 0 ? [] : [`${what} ${questions.join(", ")}`];
  });
  if (ills.length > 0) return { healthy: false, observed: ills.join("; ") };
  const locked = questionsWith(data, "login");
  // Nothing was read at all: where a login is asked for, /health is what reads without one.
  if (locked.length > 0 && data.health !== "good")
    return { healthy: false, observed: `nothing could be read without a login: ${locked.join(", ")}` };
  const notRead = [
    ...(locked.length > 0 ? [`${locked.join(", ")}, which ask for a login`] : []),
    ...(locked.includes("plugins") ? ["connections"] : []),
    ...(data.unread > 0 ? [`connections of ${data.unread} plugins`] : []),
  ];
  return {
    healthy: true,
    observed: notRead.length === 0 ? "readable" : `readable as far as asked; not read: ${notRead.join("; ")}`,
  };
}

/**
 * Errors that speak for themselves. Where the database fails, /blueprints fails without a word (gin's AbortWithError),
 * so that one says nothing then.
 */
export function ownErrors(data: Asked): readonly string[] {
  return questionsWith(data, "database", "silent").length > 0
    ? []
    : questionsWith(data, "nothing", "failing");
}

/** Nothing that was read says that it stays as it is: a database may be starting, a wrong secret stays wrong. */
export function dataMayPass(facts: Facts): boolean {
  const data = readFact(facts, backendData());
  return (
    data?.status !== "asked" || (questionsWith(data, "secret").length === 0 && ownErrors(data).length === 0)
  );
}
