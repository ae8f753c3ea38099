/** `97.5%`, with as many digits as it has: two shares that differ never look the same. */
function percent(share: number): string {
  // 0.981 * 100 is 98.10000000000001.
  return `${Number((share * 100).toPrecision(12))}%`;
}

/** Why a finding or a diagnosis is left to a person, as the end of a sentence about it. */
export function tooUncertain(confidence: number, wanted: number): string {
  return `${percent(confidence)} certain, the policy wants ${percent(wanted)}`;
}
