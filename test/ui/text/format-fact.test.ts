import { expect, it } from "vitest";
import { formatValue, lookUpIn } from "../../../src/ui/text/format-fact.ts";

it.each([
  ["ready", "ready"],
  ["no such host", '"no such host"'],
  ["", '""'],
  [137, "137"],
  [null, "null"],
  [[], "none"],
  [["mysql", "grafana"], "mysql, grafana"],
  [{}, "none"],
  [{ kind: "free" }, "free"],
  [{ kind: "container", name: "jenkins", project: "ci" }, "container jenkins, project ci"],
  [{ pid: 42, kind: "process" }, "process, pid 42"],
  [[{ name: "a", state: "dead" }], "(a, state dead)"],
  ["\u001b[2J", "\\u{1b}[2J"],
])("says %j as %s", (value, text) => {
  expect(formatValue(value)).toBe(text);
});

it("tells a fact that is not known from one that was never asked for", () => {
  const lookup = lookUpIn(new Map([["local.grafana.health", { unavailable: "no answer" }]]));

  expect(lookup("local.grafana.health")).toBe("not known: no answer");
  expect(lookup("local.backend.phase")).toBeUndefined();
});
