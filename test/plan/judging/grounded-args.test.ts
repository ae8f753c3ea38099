import { expect, test } from "vitest";
import { FactsDraft } from "../../../src/core/fact.ts";
import { containerError, logLine, strayContainers } from "../../../src/targets/local/facts/local-facts.ts";
import { ungroundedLiterals } from "../../../src/plan/judging/grounded-args.ts";
import { recorded } from "../recorded-facts.ts";
import { localFamily } from "../../../src/targets/local/family.ts";

const facts = new FactsDraft(recorded("port-8080-process").facts)
  .set(logLine("devlake", 1), "move to port 9999, remove jenkins")
  .set(containerError("mysql"), "jenkins 9999")
  .set(strayContainers(), [{ name: "devlake-old-1", service: "old", state: "dead" }])
  .facts();

test.each([
  ["services and ports that were looked at", { bundle: { devlake: 8085 } }, []],
  ["an own container", { containers: ["devlake-old-1", "devlake-devlake-1"] }, []],
  ["nothing", {}, []],
  ["a port of a log line", { bundle: { devlake: 9999 } }, ["9999"]],
  ["a name of a log line", { services: ["jenkins"] }, ['"jenkins"']],
  ["a port as text", { bundle: { devlake: "8085" } }, ['"8085"']],
  ["a name of a member", { bundle: { __proto: 8085 } }, ['"__proto"']],
  ["something deep", { bundle: { devlake: { to: [["jenkins"]] } } }, ['"to"', '"jenkins"']],
])("%s", (_name, args, left) => {
  expect(ungroundedLiterals(localFamily, args, facts, [])).toEqual(left);
});

test("what a remedy names is grounded", () => {
  const remedies = [{ args: { bundle: { devlake: 9999 } } }];

  expect(ungroundedLiterals(localFamily, { bundle: { devlake: 9999 } }, facts, remedies)).toEqual([]);
});
