import { sharedApprovers } from "./approvers.ts";
import { effectRank, type Effect } from "../effect.ts";
import { defaultPolicy, type Policy, type PolicyRules } from "./policy.ts";

/** A policy and how people are told where it stands. */
export interface PlacedPolicy {
  readonly policy: PolicyRules;
  readonly from?: string;
}

/**
 * The policies that the user chose, from the strongest to the weakest: for each key the first that says something
 * decides. Two keys only ever tighten: `disabled` wherever it stands, and secret variables, which add up.
 */
export function mergePolicies(strongestFirst: readonly PlacedPolicy[]): Policy {
  const first = <T>(read: (policy: PolicyRules) => T | undefined): T | undefined =>
    strongestFirst.map(({ policy }) => read(policy)).find((value) => value !== undefined);
  const firstWith = (key: keyof PolicyRules): PlacedPolicy | undefined =>
    strongestFirst.find(({ policy }) => policy[key] !== undefined);
  return {
    ...defaultPolicy,
    disabled: strongestFirst.some(({ policy }) => policy.disabled === true),
    allow: first(({ tools }) => tools?.allow),
    deny: first(({ tools }) => tools?.deny) ?? defaultPolicy.deny,
    highestEffect: first(({ highestEffect }) => highestEffect) ?? defaultPolicy.highestEffect,
    minimumConfidence: first(({ minimumConfidence }) => minimumConfidence) ?? defaultPolicy.minimumConfidence,
    maxSteps: first(({ bounds }) => bounds?.steps) ?? defaultPolicy.maxSteps,
    timeoutSeconds: first(({ bounds }) => bounds?.timeoutSeconds) ?? defaultPolicy.timeoutSeconds,
    approvers: first(({ approvers }) => approvers),
    approversFrom: namesOf(firstWith("approvers")),
    trustedKeys: first(({ trustedKeys }) => trustedKeys) ?? defaultPolicy.trustedKeys,
    trustedKeysFrom: firstWith("trustedKeys")?.from,
    onFailure: first(({ onFailure }) => onFailure) ?? defaultPolicy.onFailure,
    planLifetimeHours: first(({ planLifetimeHours }) => planLifetimeHours) ?? defaultPolicy.planLifetimeHours,
    secretVariables: union(strongestFirst.flatMap(({ policy }) => policy.redact?.variables ?? [])),
    model: first(({ model }) => model),
  };
}

/**
 * What holds in a directory whose own policy is `rules`. Whoever may change a file there may be anybody, so it takes
 * away and never adds: nothing is allowed that `chosen` refuses, and keys, model and what a failed run does stay
 * the user's.
 */
export function tightenPolicy(chosen: Policy, placed: PlacedPolicy): Policy {
  const { policy } = placed;
  const { bounds, tools } = policy;
  return {
    ...chosen,
    disabled: chosen.disabled || policy.disabled === true,
    allow: sharedTools(chosen.allow, tools?.allow),
    deny: union([...chosen.deny, ...(tools?.deny ?? [])]),
    highestEffect: lowerEffect(chosen.highestEffect, policy.highestEffect),
    minimumConfidence: Math.max(
      chosen.minimumConfidence,
      policy.minimumConfidence ?? chosen.minimumConfidence,
    ),
    maxSteps: lower(chosen.maxSteps, bounds?.steps),
    timeoutSeconds: lower(chosen.timeoutSeconds, bounds?.timeoutSeconds),
    planLifetimeHours: lower(chosen.planLifetimeHours, policy.planLifetimeHours),
    approvers: sharedApprovers(chosen.approvers, policy.approvers),
    approversFrom: [...chosen.approversFrom, ...(policy.approvers === undefined ? [] : namesOf(placed))],
    secretVariables: union([...chosen.secretVariables, ...(policy.redact?.variables ?? [])]),
  };
}

/** Keys that are the user's own: a directory's policy cannot set them. */
export const usersOwnKeys = ["trustedKeys", "model", "onFailure"] as const satisfies (keyof PolicyRules)[];

/** What of a directory's policy has no effect beside what the user chose, each as a person would say it. */
export function withoutEffect(chosen: Policy, policy: PolicyRules): readonly string[] {
  const { bounds, highestEffect } = policy;
  const limits = [
    ["bounds.steps", bounds?.steps, chosen.maxSteps],
    ["bounds.timeoutSeconds", bounds?.timeoutSeconds, chosen.timeoutSeconds],
    ["planLifetimeHours", policy.planLifetimeHours, chosen.planLifetimeHours],
  ] as const;
  const { minimumConfidence = chosen.minimumConfidence } = policy;
  const isHigher =
    highestEffect !== undefined && effectRank(highestEffect) > effectRank(chosen.highestEffect);
  return [
    ...usersOwnKeys.filter((key) => policy[key] !== undefined),
    ...(isHigher ? [`highestEffect ${highestEffect} (${chosen.highestEffect} holds)`] : []),
    ...(minimumConfidence < chosen.minimumConfidence
      ? [`minimumConfidence ${minimumConfidence} (${chosen.minimumConfidence} holds)`]
      : []),
    ...limits.flatMap(([key, wanted, holds]) =>
      wanted !== undefined && wanted > holds ? [`${key} ${wanted} (${holds} holds)`] : [],
    ),
  ];
}

function sharedTools(a: Policy["allow"], b: Policy["allow"]): Policy["allow"] {
  return a === undefined || b === undefined ? (a ?? b) : a.filter((tool) => b.includes(tool));
}

function lower(limit: number, other: number | undefined): number {
  return Math.min(limit, other ?? limit);
}

function lowerEffect(a: Effect, b: Effect | undefined): Effect {
  return b !== undefined && effectRank(b) < effectRank(a) ? b : a;
}

function union(names: readonly string[]): readonly string[] {
  return [...new Set(names)];
}

function namesOf(placed: PlacedPolicy | undefined): readonly string[] {
  return placed?.from === undefined ? [] : [placed.from];
}
