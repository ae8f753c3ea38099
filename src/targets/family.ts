import type { Classify } from "../core/classify.ts";
import type { Endpoints } from "../core/endpoints.ts";
import type { MovedFact } from "../core/expectations.ts";
import type { DeploymentId } from "../core/records/deployment-id.ts";
import type { FactKind, FactRef, Facts } from "../core/fact.ts";
import type { ClassifiedFinding } from "../core/finding.ts";
import type { Footprint } from "../core/footprint.ts";
import type { Plan } from "../core/plan.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { HealthReport } from "../core/records/result.ts";
import type { MaskedSetting } from "../core/reviewed-values.ts";
import type { Target } from "../core/target.ts";
import type { StillRunning, UndoAccount } from "../core/records/undo-account.ts";
import type { TargetEyes } from "./target-eyes.ts";
import type { AnyTool } from "./define-tool.ts";

/** All that compiler, executor and commands know of a kind of target; one wing below `targets/` makes each. */
export interface TargetFamily {
  /** As `metadata.target.kind` of a plan names it. */
  readonly kind: string;
  readonly factKinds: readonly FactKind<unknown>[];
  readonly classify: Classify;
  /** The classes of findings that it can have. */
  readonly findingClasses: readonly string[];
  /** The closed catalog by name: no step runs whose tool is not in it. */
  readonly tools: Readonly<Record<string, AnyTool>>;
  readonly health: Health;
  readonly identity: Identity;
  readonly footprint: Footprints;
  readonly masked: MaskedSettings;
  readonly model: ModelView;
  readonly words: Words;
  /** Where people reach DevLake; undefined where that cannot be told. */
  readonly endpoints: (facts: Facts) => Endpoints | undefined;
  /** Variables of the user's shell that a repair takes in. */
  readonly shellVariables: (facts: Facts) => NonNullable<Plan["shellVariables"]>;
  /** Ids of facts that change by themselves while something is broken, and are told in a summary. */
  readonly isMoving: (factId: string) => boolean;
  readonly isLogLine: (factId: string) => boolean;
  /** Log lines that judgements rest on though no finding cites them, because they say that nothing is wrong. */
  readonly reassuring: (facts: Facts) => readonly string[];
  /** What of files taken back is not in use yet. */
  readonly stillRunning: (facts: Facts) => StillRunning;
}

/** A kind of target that can be looked at; what it asks goes through ports that its own wing alone knows. */
export interface LookingFamily<Request> extends TargetFamily {
  readonly look: (request: Request) => TargetEyes;
}

/** One whole look of a wait. */
export interface Look {
  /** Milliseconds of a monotonic clock. */
  readonly at: number;
  readonly facts: Facts;
}

export interface Health {
  /** All checks that there are. */
  readonly known: readonly string[];
  /** The checks that fit a deployment. */
  readonly checks: (facts: Facts) => readonly string[];
  /** Those that plans named before there were others. */
  readonly previewed: (facts: Facts) => readonly string[];
  readonly reports: (facts: Facts) => readonly HealthReport[];
  /** Whether a quick look asks it; the others are asked by a whole one only. */
  readonly isAskedQuickly: (check: string) => boolean;
  /** Restarts of everything so far: one more, and it was not steady in between. */
  readonly restarts: (facts: Facts) => number;
  /** Milliseconds until the next whole look, after so many. */
  readonly lookAfterMs: (looks: number) => number;
  /** Why health cannot come, however long one waits; undefined while it may. */
  readonly whyItCannotCome: (looks: readonly Look[]) => string | undefined;
}

export interface Identity {
  /** What is wrong with the form of a target of this kind; undefined when nothing is. */
  readonly misfit: (target: Target) => string | undefined;
  /** What tells one deployment from another, wherever its files are; undefined when the target does not say it. */
  readonly deployment: (target: Target) => DeploymentId | undefined;
  /** The facts by which a plan knows its target. */
  readonly reads: readonly FactRef<unknown>[];
  /** `directory`: as the user named it. */
  readonly of: (facts: Facts, directory: string) => Target;
  /**
   * What these facts show of a target otherwise than it says; without an identity it would fit any, so a missing one is as
   * wrong as another's. `hasBegun`: a run may have made some of what belongs to the deployment.
   */
  readonly moves: (target: Target, facts: Facts, hasBegun: boolean) => readonly MovedFact[];
  /** Why a step that acts on `target` may not act here, and one that names none may act nowhere. */
  readonly whyNotHere: (target: Target, facts: Facts) => MovedFact | undefined;
  /** What is here instead of the target's own, in words; undefined when it is it, or cannot be told. */
  readonly otherHere: (target: Target, facts: Facts) => OtherTarget | undefined;
  /** Why there is no deployment in a directory at all. */
  readonly missing: (facts: Facts) => { readonly what: string; readonly hint: string } | undefined;
}

/** Two names of the same kind that differ, such as `Compose project "lake"`. */
export interface OtherTarget {
  /** undefined: nothing of that kind is here. */
  readonly is: string | undefined;
  readonly was: string;
}

export interface Footprints {
  /** The things that steps can change, small enough for the journal. */
  readonly of: (facts: Facts) => Footprint;
  /** What is not as it was, in words; empty when all is as before. */
  readonly differences: (before: Footprint, after: Footprint) => readonly string[];
  /** The files that the deployment is described in. */
  readonly sources: (footprint: Footprint | undefined) => readonly string[];
  /** The same, by the ids of facts. */
  readonly sourcesRead: (factIds: Iterable<string>) => readonly string[];
  /** The text of such a file without its secrets. */
  readonly maskFile: (path: string, text: string, redact: Redact) => string;
}

/** Settings of which nobody is shown the whole value. */
export interface MaskedSettings {
  /** Those that a step would apply, without what one of the steps `before` has changed. */
  readonly of: (step: StepOfTool, before: readonly StepOfTool[], facts: Facts) => readonly MaskedSetting[];
  /** What runs has the same value, and the facts would say otherwise after an edit. */
  readonly isAsRunning: (masked: MaskedSetting, facts: Facts) => boolean;
}

export type StepOfTool = Pick<Plan["steps"][number], "tool" | "args">;

/** What a model that is asked to plan sees and may say. */
export interface ModelView {
  /** Log lines of a part of the deployment, the oldest first. */
  readonly logLines: (facts: Facts, of: string) => readonly FactRef<string>[];
  /** Parts that have log lines, with their number. */
  readonly logSizes: (facts: Facts) => Readonly<Record<string, number>>;
  /** What arguments may name, each as JSON. */
  readonly names: (facts: Facts) => readonly string[];
  /** What it may tell people to do, and what `about` names then: the list is closed and the words are ours. */
  readonly nextSteps: Readonly<Record<string, string>>;
  /** The words for a person, or what is wrong with it. */
  readonly nextStepText: (
    asked: { readonly do: string; readonly about: string },
    facts: Facts,
    findings: readonly ClassifiedFinding[],
  ) => { readonly texts: readonly string[] } | { readonly problem: string };
  /** All that `nextStepText` can say, as patterns of whole sentences. */
  readonly nextStepPatterns: readonly string[];
}

/** What only this kind of target has words for. */
export interface Words {
  /** What arguments of steps name: `services, containers and ports`. */
  readonly named: string;
  /** A slug for a plan's name, where one fits better than the finding's class. */
  readonly planName: (finding: ClassifiedFinding, facts: Facts) => string | undefined;
  /** What the findings mean to users of DevLake when nobody acts. */
  readonly ifNothingIsDone: (facts: Facts, findings: readonly ClassifiedFinding[]) => string;
  /** What a person does after an undo about what still runs; `facts` undefined: nothing could be looked at. */
  readonly afterUndo: (
    account: Pick<UndoAccount, "stillRunning" | "target">,
    facts: Facts | undefined,
    directory: string,
  ) => AfterUndo;
}

export interface AfterUndo {
  readonly sentences: readonly string[];
  readonly commands: readonly string[];
  /** It could not be looked at, so a new plan is due. */
  readonly isUnseen: boolean;
}

/** A tool of the catalog; undefined when there is none of that name. */
export function toolNamed({ tools }: Pick<TargetFamily, "tools">, name: string): AnyTool | undefined {
  return Object.hasOwn(tools, name) ? tools[name] : undefined;
}
