import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readPublicKey } from "../../src/attest/keys.ts";
import { judgeSubject } from "../../src/attest/trust.ts";
import { verifyResult } from "../../src/attest/verify.ts";
import { isAccepted } from "../attest/checked.ts";
import { withEachBitFlipped } from "../attest/tampering.ts";
import { repositoryRoot } from "../committed-examples.ts";

const plan = read("plans/2026-11-30-service-stopped.plan.yaml");
const result = read("plans/2026-11-30-service-stopped.plan.result.json");
const key = readPublicKey(read("plans/example-signer.pub.pem").toString("utf8"));

function read(name: string): Buffer {
  return readFileSync(join(repositoryRoot, name));
}

function verified(envelopeBytes: Buffer) {
  const trustedKeys = [{ origin: "given", key, from: "example-signer.pub.pem" } as const];
  return verifyResult({ envelopeBytes, subjectBytes: plan, trustedKeys });
}

describe("law 12: a signed file that was touched is not believed", () => {
  it("whichever bit of it is flipped", { timeout: 300_000 }, () => {
    expect(isAccepted(verified(result))).toBe(true);

    const unnoticed: number[] = [];
    let tried = 0;
    for (const [at, changed] of withEachBitFlipped(result)) {
      tried += 1;
      if (verified(changed).signature.status !== "invalid") unnoticed.push(at);
    }

    expect(unnoticed).toEqual([]);
    expect(tried).toBe(result.length * 8);
  });

  it("whichever byte is taken out or put in twice", { timeout: 300_000 }, () => {
    const unnoticed: number[] = [];
    for (let at = 0; at < result.length; at += 1) {
      const [before, after] = [result.subarray(0, at), result.subarray(at + 1)];
      const twice = Buffer.concat([result.subarray(0, at + 1), result.subarray(at)]);
      for (const changed of [Buffer.concat([before, after]), twice]) {
        if (verified(changed).signature.status !== "invalid") unnoticed.push(at);
      }
    }

    expect(unnoticed).toEqual([]);
  });

  it("whichever bit of the plan that it is about is flipped", { timeout: 300_000 }, () => {
    const report = verified(result);
    if (!("statement" in report)) throw new Error("the example is broken");

    const unnoticed = [...withEachBitFlipped(plan)].flatMap(([at, changed]) =>
      judgeSubject(report.statement, changed).status === "changed" ? [] : [at],
    );

    expect(unnoticed).toEqual([]);
  });
});
