import { describe, expect, it } from "vitest";
import { outsideNames } from "../../../../src/targets/local/compose-edit/outside-names.ts";

const read = (text: string) => outsideNames("compose.yaml", text);

describe("a Compose file", () => {
  it("names what is passed on by its name alone", () => {
    const { passedOn } = read(`
x-env: &env {SHARED: , SET: 1}
services:
  a:
    environment: [LISTED, OTHER=1, "EMPTY="]
    build: {args: {BUILD_ARG: , B: 2}}
  b:
    environment:
      <<: *env
      MAPPED:
secrets: {token: {environment: SECRET_NAME}, file: {file: ./x}}
configs: {c: {environment: CONFIG_NAME}}
`);

    expect(passedOn).toEqual(["LISTED", "BUILD_ARG", "MAPPED", "SHARED", "SECRET_NAME", "CONFIG_NAME"]);
  });

  it("names env files in each of their forms", () => {
    const { envFiles } = read(
      "services: {a: {env_file: ./.env}, b: {env_file: [x.env, {path: y.env, required: false}]}}",
    );

    expect(envFiles).toEqual(["./.env", "x.env", "y.env"]);
  });

  it("names the provider of a service, whatever stands there", () => {
    const { providers } = read(
      "services: {a: {provider: {type: ./evil}}, b: {provider: odd}, c: {image: x}, d: {provider: }}",
    );

    expect([...providers]).toEqual([
      ["a", "./evil"],
      ["b", "unknown"],
    ]);
  });

  it("gives its values to interpolate, without keys and comments", () => {
    expect(read('services:\n  ${KEY}: {image: "x:${TAG}"} # ${COMMENT}\n').texts).toEqual(["x:${TAG}"]);
  });

  it("that is no YAML gives its lines", () => {
    expect(read("services:\n a: [${X}\n # ${Y}\n").texts).toContain(" a: [${X}");
    expect(read("services:\n a: [${X}\n # ${Y}\n").texts.join("")).not.toContain("Y");
  });
});
