import type { z } from "zod";
import type { Effect, Reversible } from "../core/effect.ts";
import type { FactRef, Facts } from "../core/fact.ts";
import type { Json } from "../core/text/json.ts";
import type { Redact } from "../core/masking/redact.ts";
import type { Target } from "../core/target.ts";
import type { Clock } from "../ports/clock.ts";
import type { FileReader, FileWriter } from "../ports/files.ts";

/** A fact that is not as a step needs it; `message` says what is and what should be. */
export interface UnmetPrecondition {
  readonly fact: string;
  readonly message: string;
}

/** The only things through which a step can change the world; each kind of target has more of them. */
export interface WritePorts {
  readonly files: FileReader & FileWriter;
}

/** What the executor lends to a step while it runs. */
export interface StepContext {
  readonly directory: string;
  readonly target: Target;
  readonly signal: AbortSignal;
  /** Whole milliseconds that this attempt may take. */
  readonly timeoutMs: number;
  readonly clock: Clock;
  /** Redacted before it is shown. */
  readonly onLine: (line: string) => void;
  readonly redact: Redact;
  /** The facts with states and health looked at anew: quick enough to poll, or the `whole` with data and logs. */
  readonly probe: (depth?: "quick" | "whole") => Promise<Facts>;
  /** Puts a copy of a file's text into the run's private directory and returns its name there. */
  readonly backUp: (path: string, text: string) => Promise<string>;
  /** The text of such a copy. */
  readonly readBackUp: (name: string) => Promise<string>;
}

/**
 * How one attempt ended. Only `transient` failures are tried again; `unknown` is probed by `verify`;
 * `unhealthy`: the change was made, but DevLake did not become healthy in time.
 */
export type Execution =
  | { readonly kind: "done"; readonly note: string }
  | { readonly kind: "unhealthy"; readonly message: string }
  | { readonly kind: "failed"; readonly transient: boolean; readonly message: string }
  | { readonly kind: "unknown"; readonly message: string }
  | { readonly kind: "interrupted" };

/**
 * One typed action of the closed catalog. Everything but `prepareUndo`, `execute` and `undo` is pure:
 * `preview` and `execute` build the change with the same function, so a preview cannot lie.
 */
export interface ToolDefinition<
  Name extends string = string,
  Args = never,
  Write extends WritePorts = WritePorts,
> {
  readonly name: Name;
  readonly version: number;
  readonly summary: string;
  readonly effect: Effect;
  readonly reversible: Reversible;
  /**
   * Of a mutating tool: `--approve safe` covers it. Only where it edits files of this directory, or connects parts of this
   * deployment to each other again, and can be undone in full; never what creates, recreates, stops or restarts.
   */
  readonly coveredBySafe?: true;
  readonly args: z.ZodType<Args>;
  /** Services run on what the steps before it have written; a safe step that is no mere look does so too. */
  readonly bringsUp?: true;
  /** Estimated seconds in which DevLake is not usable because of the step; breaks ties between plans. */
  readonly downtimeSeconds: number;
  /** Attempts at most, at most 3, and the time for each. */
  readonly retry: { readonly attempts: 1 | 2 | 3; readonly timeoutMs: number };
  /** The facts that the step depends on; they are read again before it runs. */
  readonly reads: (args: Args, facts: Facts) => readonly FactRef<unknown>[];
  readonly check: (args: Args, facts: Facts) => readonly UnmetPrecondition[];
  /**
   * What has to hold for another attempt, where an earlier one may have done a part. `reads`: the facts that must still
   * be as planned. Without it, `check` has to hold, and of a step that asks for approval all that it expects.
   */
  readonly again?: {
    readonly reads: (args: Args, facts: Facts) => readonly FactRef<unknown>[];
    readonly check: (args: Args, facts: Facts) => readonly UnmetPrecondition[];
  };
  /** The facts after the step, if it works. */
  readonly simulate: (args: Args, facts: Facts) => Facts;
  /** What the step will change, for a person: a unified diff or a list of actions. */
  readonly preview: (args: Args, facts: Facts) => string;
  /** What `undo` will need; journaled before `execute` begins. */
  readonly prepareUndo?: (args: Args, facts: Facts, write: Write, context: StepContext) => Promise<Json>;
  readonly execute: (args: Args, facts: Facts, write: Write, context: StepContext) => Promise<Execution>;
  /** What of the promised effect does not hold in freshly collected facts. */
  readonly verify: (args: Args, facts: Facts) => readonly UnmetPrecondition[];
  readonly undo?: (record: Json, write: Write, context: StepContext) => Promise<Execution>;
  /** What `undo` will do with that record, for a person, where it is no diff of files. */
  readonly previewUndo?: (record: Json) => string;
  /** The only files that `undo` may write, of which `sources` are those that the deployment is described in. */
  readonly undoPaths?: (sources: readonly string[]) => readonly string[];
}

/** A tool whose argument type is no longer known statically; arguments go through `parseArgs` first. */
export type AnyTool = Omit<ToolDefinition<string, Record<string, unknown>>, "args"> & {
  readonly args: z.ZodType<Record<string, unknown>>;
};

/**
 * Fixes the types of a tool; the erased form takes its arguments through the tool's own schema, and the ports through
 * `narrow`, which throws when they are another kind of target's.
 */
export function defineTool<
  const Name extends string,
  Args extends Record<string, unknown>,
  Write extends WritePorts,
>(
  tool: ToolDefinition<Name, Args, Write>,
  narrow: (write: WritePorts) => Write,
): AnyTool & { readonly name: Name } {
  const { prepareUndo, again, undo, ...rest } = tool;
  // A step asks with the same arguments many times, and they never change; what is made of them may be remembered by them.
  const parsed = new WeakMap<object, Args>();
  const parse = (args: Record<string, unknown>): Args => {
    const known = parsed.get(args);
    if (known !== undefined) return known;
    const own = tool.args.parse(args);
    parsed.set(args, own);
    return own;
  };
  return {
    ...rest,
    reads: (args, facts) => tool.reads(parse(args), facts),
    check: (args, facts) => tool.check(parse(args), facts),
    simulate: (args, facts) => tool.simulate(parse(args), facts),
    preview: (args, facts) => tool.preview(parse(args), facts),
    ...(again && {
      again: {
        reads: (args, facts) => again.reads(parse(args), facts),
        check: (args, facts) => again.check(parse(args), facts),
      },
    }),
    ...(prepareUndo && {
      prepareUndo: (args, facts, write, context) => prepareUndo(parse(args), facts, narrow(write), context),
    }),
    execute: async (args, facts, write, context) => tool.execute(parse(args), facts, narrow(write), context),
    verify: (args, facts) => tool.verify(parse(args), facts),
    ...(undo && { undo: async (record, write, context) => undo(record, narrow(write), context) }),
  };
}
