import type { Rule } from "./rule.ts";
import { backendRule } from "./rules/backend.ts";
import { composeRule } from "./rules/compose.ts";
import { composeVersionRule } from "./rules/compose-version.ts";
import { cutOffRule } from "./rules/cut-off.ts";
import { databaseRule } from "./rules/database.ts";
import { dataRule } from "./rules/data.ts";
import { engineRule } from "./rules/engine.ts";
import { filesAppliedRule } from "./rules/files-applied.ts";
import { madeFromRule } from "./rules/made-from.ts";
import { healthRule } from "./rules/health.ts";
import { portConflictRule } from "./rules/port-conflict.ts";
import { secretRule } from "./rules/secret.ts";
import { steadyRule } from "./rules/steady.ts";
import { stateFileRule } from "./rules/state-file.ts";
import { stoppedRule } from "./rules/stopped.ts";
import { imageNotFoundRule } from "./rules/image-not-found.ts";
import { leftoverRule } from "./rules/leftover.ts";
import { unnamedDataRule } from "./rules/unnamed-data.ts";
import { notDevlakeRule, unexplainedRule } from "./rules/unexplained.ts";

/**
 * Rules in the order in which causes outrank symptoms: when a stage finds something blocking, the
 * later stages cannot see past it and are not asked.
 */
export const stages: readonly (readonly Rule[])[] = [
  [engineRule],
  [composeRule, composeVersionRule],
  [notDevlakeRule, madeFromRule],
  [secretRule],
  [cutOffRule],
  [
    portConflictRule,
    imageNotFoundRule,
    stoppedRule,
    databaseRule,
    backendRule,
    dataRule,
    healthRule,
    steadyRule,
    filesAppliedRule,
    unnamedDataRule,
    leftoverRule,
    stateFileRule,
  ],
  [unexplainedRule],
];
