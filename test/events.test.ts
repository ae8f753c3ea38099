import { globSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { EventLineSchema } from "../src/core/records/events.ts";

/** What emits events: all but their types and those that only show them. */
const emitting = globSync("src/{apply,cli,flows,plan,targets,adapters}/**/*.ts").map((file) =>
  readFileSync(file, "utf8"),
);

const types = EventLineSchema.def.left.options.map(({ shape }) => shape);

it("of every documented type are emitted", () => {
  const emitted = emitting.flatMap((code) =>
    [...code.matchAll(/emit\(\{\s*type: "(\w+)"/g)].map(([, type = ""]) => type),
  );

  expect([...new Set(emitted)].toSorted()).toEqual(types.map(({ type }) => type.value).toSorted());
});

it("of every documented stage are emitted", () => {
  const emitted = emitting.flatMap((code) =>
    [...code.matchAll(/type: "stage_\w+",\s*stage: "(\w+)"/g)].map(([, stage = ""]) => stage),
  );
  const stages = types.flatMap((shape) => ("stage" in shape ? shape.stage.options : []));

  expect([...new Set(emitted)].toSorted()).toEqual([...new Set(stages)].toSorted());
  const documented = /a part of the work begins: ([^|]*)/.exec(readFileSync("docs/events.md", "utf8"))?.[1];
  expect([...(documented ?? "").matchAll(/`(\w+)`/g)].map(([, stage]) => stage)).toEqual([
    ...new Set(stages),
  ]);
});
