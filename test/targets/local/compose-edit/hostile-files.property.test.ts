import * as fc from "../../../seeded-fast-check.ts";
import { expect, test } from "vitest";
import { movePublishedPorts } from "../../../../src/targets/local/compose-edit/move-published-ports.ts";
import { compose } from "./dialects.ts";

const file = `x-common: &common
  restart: always
  labels: &labels { a: "1" }
services:
  db:
    <<: *common
    image: mysql:8
    ports:
      - "3306:3306"
  devlake:
    <<: [*common, { init: true }]
    environment:
      - DB_URL=mysql://x@db/lake
    labels: *labels
    ports:
      - 8080:8080
`;

/** What YAML gives a meaning of its own, and values of every kind. */
const piece = fc.oneof(
  fc.constantFrom("*x", "*common", "*labels", "*a", "&a ", "&common ", "<<: *x", "<<: [*common, 1]"),
  fc.constantFrom("<<: ", '"<<": ', "<<: ~", "!!merge <<: *common", "!!set ", "!x ", "!reset null"),
  fc.constantFrom("? ", "? [a]: b", ": ", "- ", "[", "]", "{", "}", ", ", "!override []", "#", "\t", "\0"),
  fc.constantFrom("~", "1", "null", ".nan", "0x1F", "2026-11-22", "|\n", '""', '"\\x07"', "!!binary aGk="),
  fc.constantFrom("__proto__: ", "constructor: ", "%YAML 1.1\n---\n", "---\n", "...\n"),
);

const mutation = fc.oneof(
  fc.record({ at: fc.nat(), remove: fc.nat({ max: 12 }), piece }),
  fc.record({ at: fc.nat(), remove: fc.nat({ max: 60 }), piece: fc.constant("") }),
);

/** Anything between two tokens of the file, or a part of it gone. */
const mutatedFile = fc.array(mutation, { minLength: 1, maxLength: 4 }).map((mutations) =>
  mutations.reduce((text, { at, remove, piece: added }) => {
    const places = [...text.matchAll(/\b|$/g)].map(({ index }) => index);
    const start = places[at % places.length] ?? 0;
    return text.slice(0, start) + added + text.slice(start + remove);
  }, file),
);

test("whatever stands in a compose file, a port is moved or the reason is told", () => {
  const reached = { edited: 0, refused: 0 };
  const request = { moves: [{ service: "devlake", from: 8080, to: 8085, target: 8080 }] };

  fc.assert(
    fc.property(mutatedFile, (text) => {
      const outcome = movePublishedPorts({ ...request, sources: [compose(text)], environment: new Map() });
      if (outcome.kind === "edited") reached.edited++;
      else {
        reached.refused++;
        expect(outcome.refusals[0]?.reason).toMatch(/\S/);
      }
    }),
    { numRuns: 4_000 },
  );

  expect(reached.edited).toBeGreaterThan(200);
  expect(reached.refused).toBeGreaterThan(200);
});
