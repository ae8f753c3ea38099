import { expect, test } from "vitest";
import { isAlias, parseDocument, visit } from "yaml";
import { readComposeFile } from "../../../../src/targets/local/compose-edit/compose-file.ts";
import { aliasTargets } from "../../../../src/targets/local/compose-edit/alias-targets.ts";
import { cpuMs } from "../../../cpu-time.ts";

test("an alias stands for the last anchor of its name before it", () => {
  const document = parseDocument("a: &x 1\nb: *x\nc: &x {d: &y [*x], e: *y}\nf: [*x, *y]\n&x g: *x\n");
  const targets = aliasTargets(document);
  let count = 0;
  visit(document, {
    Node: (_key, node) => {
      if (!isAlias(node)) return;
      count += 1;
      expect(targets.get(node)).toBe(node.resolve(document));
    },
  });

  expect(count).toBe(6);
});

test("thousands of aliases take no longer than a walk through the file", () => {
  const text = `x-a: &a 1\nx-b: [${"*a, ".repeat(8_000)}]\n`;
  const read = () => readComposeFile({ path: "docker-compose.yml", role: "compose", text });

  // A second time it would come from memory.
  expect(cpuMs(read, 1)).toBeLessThan(1500);
  expect(read()).toHaveProperty("document");
});
