import type { FindingClass } from "../facts/finding-classes.ts";

/** Why a service does not work, where neither to wait nor to start it as it is addresses that. */
export interface StandingCause {
  readonly service: string;
  readonly class: FindingClass;
  /** Goes behind "service ...: ". */
  readonly cause: string;
  /** Nothing says what it is; a person has to read the log. */
  readonly isUnknown: boolean;
  /** The Engine could not start it, so its log says nothing of that. */
  readonly neverRan?: true;
  readonly evidence: readonly string[];
  readonly nextSteps: readonly string[];
}

/** What is about to be done. `up`: containers get the environment that the files have now; `connect`: their networks. */
export interface Attempt {
  readonly how: "wait" | "start" | "up" | "connect";
  /** Services that it starts, or connects. */
  readonly started: readonly string[];
}
