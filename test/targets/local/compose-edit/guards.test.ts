import { describe, expect, it } from "vitest";
import { applyEdits, type Edit } from "../../../../src/targets/local/compose-edit/apply-edits.ts";
import { leafAddress } from "../../../../src/targets/local/compose-edit/effective-model.ts";
import { openProject, type Project } from "../../../../src/targets/local/compose-edit/project.ts";
import type { EditedFile } from "../../../../src/targets/local/compose-edit/types.ts";
import { verifyEdits } from "../../../../src/targets/local/compose-edit/verify-edits.ts";
import { compose } from "./dialects.ts";

const text = "services:\n  a:\n    ports: ['80:80', '90:90']\n";
const source = compose(text);

function edit(from: string, to: string, start = text.indexOf(from)): Edit {
  return { range: { path: source.path, start, end: start + from.length, from }, to };
}

describe("applyEdits", () => {
  it("replaces the ranges and nothing else, in any order", () => {
    const files = applyEdits([source], [edit("90", "9090"), edit("80", "8080")]);

    expect(files?.[0]?.after).toBe(text.replace("'80:", "'8080:").replace("'90:", "'9090:"));
  });

  it("makes one edit of two that agree", () => {
    expect(applyEdits([source], [edit("80", "81"), edit("80", "81")])?.[0]?.changes).toHaveLength(1);
  });

  it.each([
    ["another text stands in the range", [edit("70", "71", text.indexOf("80"))]],
    ["two edits differ", [edit("80", "81"), edit("80", "82")]],
    ["two edits overlap", [edit("80:80", "81:80"), edit("80", "82")]],
  ])("applies nothing when %s", (_, edits) => {
    expect(applyEdits([source], edits)).toBeUndefined();
  });

  it("names no file that stays as it is", () => {
    expect(applyEdits([source, compose("services: {}\n", "o.yml")], [edit("80", "81")])).toHaveLength(1);
  });
});

describe("verifyEdits", () => {
  const address = leafAddress(source.path, ["services", "a", "ports", 0]);
  const expected = new Map([[address, "text 81:80"]]);

  it.each([
    ["the wanted value", "'81:80'", []],
    ["another value", "'82:80'", [/would not lead to the wanted value/]],
    ["no change", "'80:80'", [/would not lead to the wanted value/]],
    ["another leaf as well", "'81:80', '70:70'", [/also change/, /also change/]],
    ["another type", "81", [/would not lead to the wanted value/]],
    ["broken YAML", "'81:80", [/not valid YAML/]],
  ])("judges %s", (_, replacement, wanted) => {
    const request = {
      project: project(),
      sources: [source],
      files: edited(replacement),
      edits: [],
      expected,
    };
    const refusals = verifyEdits(request);

    expect(refusals.map((refusal) => refusal.reason)).toEqual(
      wanted.map((pattern) => expect.stringMatching(pattern)),
    );
  });
});

function project(): Project {
  const opened = openProject([source], new Map());
  return "project" in opened ? opened.project : expect.fail("the source does not open");
}

function edited(replacement: string): readonly EditedFile[] {
  return [{ path: source.path, before: text, after: text.replace("'80:80'", replacement), changes: [] }];
}
