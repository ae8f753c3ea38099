import { defineCommand, type ArgsDef, type ParsedArgs } from "citty";
import { assert, boolean, pre, property, string } from "../seeded-fast-check.ts";
import { describe, expect, expectTypeOf, it } from "vitest";
import { parseStrict, runStrict } from "../../src/cli/strict-args.ts";
import { RepairError } from "../../src/core/errors.ts";

function parseTyped<const T extends ArgsDef>(argsDef: T, rawArgs: readonly string[]): ParsedArgs<T> {
  return parseStrict<T>(argsDef, rawArgs);
}

function parse(...rawArgs: string[]) {
  return parseTyped(
    {
      dir: { type: "string", default: ".", valueHint: "DIR" },
      out: { type: "string", alias: "o" },
      planner: { type: "enum", options: ["auto", "offline", "copilot"], default: "auto" },
      planOnly: { type: "boolean" },
      "dry-run": { type: "boolean", default: false },
      json: { type: "boolean", alias: ["j"], default: false },
      verbose: { type: "boolean", alias: ["v"] },
      input: { type: "boolean", default: true },
      "no-color": { type: "boolean" },
      timeout: { type: "string" },
    },
    rawArgs,
  );
}

function usageError(act: () => unknown): { message: string; hint: string | undefined } {
  try {
    act();
  } catch (error) {
    if (error instanceof RepairError && error.code === "usage") {
      return { message: error.message, hint: error.hint };
    }
    throw error;
  }
  throw new Error("accepted");
}

describe("what is right", () => {
  it("fills in defaults", () => {
    expect(parse()).toMatchObject({ dir: ".", planner: "auto", json: false, input: true, _: [] });
    expect(parse().out).toBeUndefined();
  });

  it.each([
    [["--dir", "a"], { dir: "a" }],
    [["--dir=a=b"], { dir: "a=b" }],
    [["-o", "x"], { out: "x" }],
    [["-ox"], { out: "x" }],
    [["-o=x"], { out: "x" }],
    [["-o", "-"], { out: "-" }],
    [["-vjo", "x"], { verbose: true, json: true, out: "x" }],
    [["--plan-only"], { planOnly: true }],
    [["--planOnly"], { planOnly: true }],
    [["--dry-run"], { "dry-run": true }],
    [["--dryRun"], { "dry-run": true }],
    [["--json=false"], { json: false }],
    [["--json=true"], { json: true }],
    [["-j=true"], { json: true }],
    [["--no-input"], { input: false }],
    [["--no-dry-run"], { "dry-run": false }],
    [["--no-plan-only"], { planOnly: false }],
    [["--no-color"], { "no-color": true }],
    [["--planner", "offline"], { planner: "offline" }],
    [["--timeout", "-1"], { timeout: "-1" }],
    [["--timeout=-1"], { timeout: "-1" }],
    [["--dir=--json"], { dir: "--json", json: false }],
    [["--dir", "--", ""], { error: true }],
    [["--dir", "a", "--"], { dir: "a", _: [] }],
  ])("%j", (rawArgs, expected) => {
    if ("error" in expected) expect(() => parse(...rawArgs)).toThrow(RepairError);
    else expect(parse(...rawArgs)).toMatchObject(expected);
  });

  it("keeps the types of the definition", () => {
    const parsed = parseTyped({ dir: { type: "string", default: "." }, json: { type: "boolean" } }, []);

    expectTypeOf(parsed.dir).toEqualTypeOf<string>();
    expectTypeOf(parsed.json).toEqualTypeOf<boolean | undefined>();
    expectTypeOf(parse().planner).toEqualTypeOf<"auto" | "offline" | "copilot">();
  });

  it("puts words into positionals, also after --", () => {
    const definition = { file: { type: "positional" }, key: { type: "string" } } as const;

    expect(parseTyped(definition, ["a.yaml", "--key", "k"])).toMatchObject({ file: "a.yaml", key: "k" });
    expect(parseTyped(definition, ["--", "--key"]).file).toBe("--key");
    expect(parseTyped(definition, ["--", "--no-x"]).file).toBe("--no-x");
    expect(parseTyped(definition, ["-5"]).file).toBe("-5");
  });

  it("gives all words to a positional that takes more than one", async () => {
    const definition = { file: { type: "positional", valueHint: "..." }, key: { type: "string" } } as const;
    const printed: string[] = [];
    const lint = defineCommand({ meta: { name: "lint", description: "checks" }, args: definition });

    await runStrict(lint, ["--help"], { print: (text) => printed.push(text) });

    expect(parseTyped(definition, ["a", "--key", "k", "b", "--", "-c"])._).toEqual(["a", "b", "-c"]);
    expect(usageError(() => parseTyped(definition, [])).message).toBe("FILE is missing");
    expect(printed.join("")).toContain("lint [OPTIONS] <FILE...>");
  });

  it.each([60, 80, 120])("keeps descriptions in their column at %d columns", async (width) => {
    const description = "a description of many words ".repeat(6).trim();
    const definition = { "long-name": { type: "string", valueHint: "FILE", description } } as const;
    const printed: string[] = [];
    const command = defineCommand({ meta: { name: "x", description: "does it" }, args: definition });

    await runStrict(command, ["--help"], { print: (text) => printed.push(text), width });

    const lines = printed.join("").split("\n");
    const first = lines.findIndex((line) => line.includes("--long-name"));
    const column = lines[first]?.indexOf("a description") ?? -1;
    const rest = lines.slice(first + 1, lines.indexOf("", first));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(rest.length).toBeGreaterThan(0);
    expect(rest.every((line) => line.search(/\S/) === column)).toBe(true);
    expect([lines[first]?.slice(column), ...rest.map((line) => line.trim())].join(" ")).toBe(description);
  });

  it("gives back any value a flag is given, byte for byte", () => {
    assert(
      property(string({ minLength: 1, unit: "binary-ascii" }), boolean(), (value, equals) => {
        pre(equals || !value.startsWith("-"));

        expect(parse(...(equals ? [`--dir=${value}`] : ["--dir", value])).dir).toBe(value);
      }),
    );
  });
});

describe("what citty accepts in silence", () => {
  it.each([
    [["--dry-rnu"], 'unknown flag "--dry-rnu"', "did you mean --dry-run?"],
    [["--dryRnu"], 'unknown flag "--dryRnu"', "did you mean --dry-run?"],
    [["--plan-onyl"], 'unknown flag "--plan-onyl"', "did you mean --plan-only?"],
    [["-plan-only"], 'unknown flag "-plan-only"', "did you mean --plan-only?"],
    [["--no-inptu"], 'unknown flag "--no-inptu"', "did you mean --no-input?"],
    [["--password=hunter2"], 'unknown flag "--password"', "--help lists the flags"],
    [["-x"], 'unknown flag "-x"', "--help lists the flags"],
    [["-vx"], 'unknown flag "-x"', "--help lists the flags"],
    [["--constructor"], 'unknown flag "--constructor"', "--help lists the flags"],
    [["--__proto__=1"], 'unknown flag "--__proto__"', "--help lists the flags"],
    [
      ["extra"],
      'unexpected word "extra"',
      "--help shows what may stand here; quote a value that contains blanks",
    ],
    [["--json", "true"], 'unexpected word "true"', expect.any(String)],
    [["--", "--json"], 'unexpected word "--json"', expect.any(String)],
    [["--dir"], "--dir needs a value", "write --dir=DIR"],
    [["--dir", "--json"], '--dir needs a value, but "--json" follows', "write --dir=DIR"],
    [["--dir", "--"], "--dir needs a value", "write --dir=DIR"],
    [["-o"], "-o needs a value", "write --out=OUT"],
    [["-jo"], "-o needs a value", "write --out=OUT"],
    [["--dir="], "--dir has an empty value", "give --dir a value or leave it out"],
    [["--dir", ""], "--dir has an empty value", "give --dir a value or leave it out"],
    [["--json="], "--json has an empty value", expect.any(String)],
    [["--json=maybe"], '--json is true or false, not "maybe"', "write --json or --json=false"],
    [["--json=0"], '--json is true or false, not "0"', "write --json or --json=false"],
    [["--no-json=true"], '--no-json takes no value, not "true"', "write --no-json or --json"],
    [
      ["--no-dir"],
      'unknown flag "--no-dir"',
      "--dir takes a value and has no negative: leave it out instead",
    ],
    [
      ["--planner", "ofline"],
      '--planner cannot be "ofline"',
      "did you mean offline? allowed: auto, offline, copilot",
    ],
    [["--planner=gpt"], '--planner cannot be "gpt"', "allowed: auto, offline, copilot"],
    [["--dir", "a", "--dir", "a"], "--dir is given twice", "give it once"],
    [["--out=a", "-o", "b"], "--out is given twice", "give it once"],
    [["--json", "--no-json"], "--json is given twice", "give it once"],
    [["--plan-only", "--planOnly"], "--plan-only is given twice", "give it once"],
  ])("%j", (rawArgs, message, hint) => {
    expect(usageError(() => parse(...rawArgs))).toEqual({ message, hint });
  });

  it("misses what is required", () => {
    const needsFile = { file: { type: "positional" } } as const;
    const needsKey = { key: { type: "string", required: true } } as const;

    expect(usageError(() => parseTyped(needsFile, [])).message).toBe("FILE is missing");
    expect(usageError(() => parseTyped(needsFile, [""])).message).toBe("FILE is empty");
    expect(usageError(() => parseTyped(needsFile, ["a", "b"])).message).toBe('unexpected word "b"');
    expect(usageError(() => parseTyped(needsKey, [])).message).toBe("--key is missing");
  });

  it("never names what follows = of a flag it does not know", () => {
    assert(
      property(string({ minLength: 6 }), (secret) => {
        const { message, hint } = usageError(() => parse(`--tokne=${secret}`));

        expect(`${message}${hint}`).toBe('unknown flag "--tokne"--help lists the flags');
      }),
    );
  });
});

function program(calls: string[]) {
  const verify = defineCommand({
    meta: { name: "verify", description: "checks a result" },
    args: {
      file: { type: "positional" },
      key: { type: "string" },
      dir: { type: "string" },
      dryRun: { type: "boolean" },
    },
    run: ({ args: { file, dir, key } }) => {
      calls.push(`verify ${file} ${dir} ${key}`);
      return 9;
    },
  });
  const repair = defineCommand({
    meta: { name: "repair", description: "repairs" },
    args: { dir: { type: "string", default: "." }, json: { type: "boolean" } },
    subCommands: {
      verify: () => Promise.resolve(verify),
      broken: (): Promise<typeof verify> => Promise.reject(new Error("loaded")),
    },
    run: ({ args: { dir } }) => {
      calls.push(`repair ${dir}`);
    },
  });
  return defineCommand({
    meta: { name: "gh devlake", version: "1.2.3", description: "all" },
    subCommands: { repair: () => Promise.resolve(repair) },
  });
}

async function run(...rawArgs: string[]) {
  const calls: string[] = [];
  const printed: string[] = [];
  const result = await runStrict(program(calls), rawArgs, { print: (text) => printed.push(text) });
  return { calls, printed: printed.join(""), result };
}

describe("commands", () => {
  it("gives what the command returned and does not run its parent", async () => {
    expect(await run("repair", "verify", "f", "--key", "k")).toEqual({
      calls: ["verify f undefined k"],
      printed: "",
      result: 9,
    });
    expect((await run("repair", "--dir", "x")).calls).toEqual(["repair x"]);
  });

  it("hands flags of the parent down, and takes their values for no command", async () => {
    expect((await run("repair", "--dir", "verify", "verify", "f")).calls).toEqual([
      "verify f verify undefined",
    ]);
    expect((await run("repair", "--dir", "verify")).calls).toEqual(["repair verify"]);
    await expect(run("repair", "--json", "verify", "f")).rejects.toThrow('unknown flag "--json"');
  });

  it.each([
    [["repiar"], 'unknown command "repiar"', "did you mean repair?"],
    [["repair", "verfy"], 'unknown command "verfy"', "did you mean verify?"],
    [["repair", "constructor"], 'unknown command "constructor"', "gh devlake repair has: verify, broken"],
    [["repair", "--", "verify"], 'unexpected word "verify"', expect.any(String)],
    [[], "gh devlake needs a command", "gh devlake has: repair"],
  ])("%j", async (rawArgs, message, hint) => {
    await expect(run(...rawArgs)).rejects.toMatchObject({ code: "usage", message, hint });
  });

  it.each([
    [["repair", "verify", "--help"]],
    [["repair", "verify", "--bogus", "-h"]],
    [["help", "repair", "verify"]],
    [["--help", "repair", "verify"]],
  ])("help is printed without colour and runs nothing: %j", async (rawArgs) => {
    const { calls, printed, result } = await run(...rawArgs);

    expect(calls).toEqual([]);
    expect(result).toBe(0);
    expect(printed).toBe(
      [
        "checks a result (gh devlake repair verify v1.2.3)",
        "",
        "USAGE gh devlake repair verify [OPTIONS] <FILE>",
        "",
        "ARGUMENTS",
        "",
        "  FILE    (Required)",
        "",
        "OPTIONS",
        "",
        "  --key=<key>",
        "  --dir=<dir>",
        "    --dry-run",
        "",
      ].join("\n"),
    );
  });

  it("loads no other command than the one that is run", async () => {
    await expect(run("repair", "verify", "f")).resolves.toMatchObject({ result: 9 });
    await expect(run("repair", "broken")).rejects.toThrow("loaded");
  });

  it("prints the version of the program", async () => {
    expect((await run("--version")).printed).toBe("1.2.3\n");
    expect((await run("repair", "--version")).printed).toBe("1.2.3\n");
    await expect(run("repair", "--", "--version")).rejects.toThrow("unexpected word");
  });
});
