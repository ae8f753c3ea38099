import { describe, expect, it } from "vitest";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import type {
  EditedFile,
  EditOutcome,
  EditRequest,
} from "../../../../src/targets/local/compose-edit/types.ts";
import { dialects, type Dialect } from "./dialects.ts";

describe("movePublishedPorts", () => {
  it.each(dialects)("changes exactly the wanted lines: $name", (dialect) => {
    const files = edited(movePublishedPorts(requestOf(dialect)));

    expect(files.flatMap(changedLines)).toEqual(dialect.changed);
  });

  it.each(dialects)("is undone byte for byte by the reverse move: $name", (dialect) => {
    const request = requestOf(dialect);
    const after = applied(request, edited(movePublishedPorts(request)));
    const reverse = request.moves.map((move) => ({ ...move, from: move.to, to: move.from }));

    const back = movePublishedPorts({ ...request, sources: after, moves: reverse });

    expect(applied({ ...request, sources: after }, edited(back))).toEqual(request.sources);
  });

  it.each(dialects)("reads the edited scalars and comes to the same: $name", (dialect) => {
    const request = requestOf(dialect);

    expect(movePublishedPorts({ ...request, reading: "edited scalars" })).toEqual(
      movePublishedPorts(request),
    );
  });

  it("reports each change with its place in the text before", () => {
    const [release] = dialects.filter(({ name }) => name.includes("release"));
    const outcome = movePublishedPorts(requestOf(release ?? expect.fail("no release dialect")));

    expect(edited(outcome)[0]?.changes).toEqual([
      { line: 14, column: 9, from: "3306", to: "3307" },
      { line: 28, column: 9, from: "3002", to: "3004" },
      { line: 32, column: 45, from: "4000", to: "4004" },
      { line: 46, column: 9, from: "8080", to: "8085" },
      { line: 61, column: 9, from: "4000", to: "4004" },
    ]);
  });
});

function requestOf(dialect: Dialect): EditRequest {
  const { sources, moves, environment = new Map(), rootUrlFollows } = dialect;
  return { sources, moves, environment, rootUrlFollows };
}

function edited(outcome: EditOutcome): readonly EditedFile[] {
  if (outcome.kind === "refused") throw new Error(outcome.refusals.map(({ reason }) => reason).join("\n"));
  return outcome.files;
}

function applied({ sources }: EditRequest, files: readonly EditedFile[]): EditRequest["sources"] {
  return sources.map((source) => ({
    ...source,
    text: files.find((file) => file.path === source.path)?.after ?? source.text,
  }));
}

function changedLines({ path, before, after }: EditedFile): readonly string[] {
  const newLines = after.split("\n");
  const oldLines = before.split("\n");
  expect(newLines).toHaveLength(oldLines.length);
  return oldLines.flatMap((line, index) => {
    const changed = newLines[index];
    return line === changed ? [] : [`${path}: ${line} -> ${changed}`];
  });
}
