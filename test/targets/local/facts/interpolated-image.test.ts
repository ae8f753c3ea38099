import { describe, expect, it } from "vitest";
import { maskImage } from "../../../../src/targets/local/facts/interpolated-image.ts";

describe("the name of an image", () => {
  it.each([
    [
      "reg.example.com/team-x/lake:v1",
      [],
      ["reg.example.com/team-x/lake:v1"],
      "reg.example.com/team-x/lake:v1",
    ],
    ["x/canary7vogel:v1", ["x/${NAME}:v1"], [], "x/<redacted>:v1"],
    ["x/acme:v1", ["x/${NAME:-acme}:v1"], [], "x/acme:v1"],
  ] as const)("%s made from %j, where %j is written, is shown as %s", (image, templates, written, shown) => {
    expect(maskImage(image, templates, written)).toBe(shown);
  });

  it("that stands in no file that was read may hold what a variable brought", () => {
    expect(maskImage("apache/canary7vogel:v1.2", [], ["mysql:8"])).toBe("apache/<redacted>:v1.2");
    const digest = "a".repeat(64);
    expect(maskImage(`mysql@sha256:${digest}`, [], [])).toBe(`mysql@sha256:${digest}`);
  });
});
