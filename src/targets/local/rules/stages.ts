import type { Rule } from "../../../core/rule.ts";
import { backendRule } from "./backend.ts";
import { composeRule } from "./compose.ts";
import { composeVersionRule } from "./compose-version.ts";
import { cutOffRule } from "./cut-off.ts";
import { databaseRule } from "./database.ts";
import { dataRule } from "./data.ts";
import { engineRule } from "./engine.ts";
import { filesAppliedRule } from "./files-applied.ts";
import { madeFromRule } from "./made-from.ts";
import { healthRule } from "./health.ts";
import { portConflictRule } from "./port-conflict.ts";
import { secretRule } from "./secret.ts";
import { steadyRule } from "./steady.ts";
import { stateFileRule } from "./state-file.ts";
import { stoppedRule } from "./stopped.ts";
import { imageNotFoundRule } from "./image-not-found.ts";
import { leftoverRule } from "./leftover.ts";
import { unnamedDataRule } from "./unnamed-data.ts";
import { notDevlakeRule, unexplainedRule } from "./unexplained.ts";

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
