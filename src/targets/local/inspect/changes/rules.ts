import { environmentRules } from "./environment-rules.ts";
import { hooks, notOfContainers, onlyAtCreation } from "./known-keys.ts";
import { networkRules } from "./network-rules.ts";
import { policyRules } from "./policy-rules.ts";
import { processRules } from "./process-rules.ts";
import { resourceRules } from "./resource-rules.ts";
import { securityRules } from "./security-rules.ts";
import type { Printed, SettingRule } from "./setting.ts";
import { storageRules } from "./storage-rules.ts";

export const settingRules: readonly SettingRule[] = [
  ...processRules,
  ...environmentRules,
  ...securityRules,
  ...storageRules,
  ...networkRules,
  ...policyRules,
  ...resourceRules,
];

const readKeys = new Set(settingRules.flatMap(({ keys }) => keys));

/** Keys of a service that we do not know; extensions are nobody's. */
export function unknownKeys(service: Printed): readonly string[] {
  return Object.keys(service).filter(
    (key) =>
      !readKeys.has(key) &&
      !notOfContainers.has(key) &&
      !onlyAtCreation.has(key) &&
      !hooks.has(key) &&
      !key.startsWith("x-"),
  );
}
