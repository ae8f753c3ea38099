import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";

const root = path.join(import.meta.dirname, "..");

interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly file: string;
  /** The folder below src (of a kind of target its room), or the file itself when it stands in src. */
  readonly part: string;
  readonly text: string;
  /** Without comments. */
  readonly code: string;
}

function sourcesIn(folder: string): readonly Source[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => {
      const file = path.posix.join(folder, name.replaceAll(path.sep, "/"));
      const text = readFileSync(path.join(root, file), "utf8");
      return { file, part: partOf(file), text, code: withoutComments(text) };
    });
}

/** `src/targets/local/rules/x.ts`: `targets/local/rules`; `src/targets/rule.ts`: `targets`. */
function partOf(file: string): string {
  const [, part = "", ...rest] = file.split("/");
  return part === "targets" ? [part, ...rest.slice(0, -1).slice(0, 2)].join("/") : part;
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, "").replaceAll(/(^|\s)\/\/.*$/gm, "$1");
}

interface Import {
  readonly from: string;
  /** The part of src it leads to, or the package. */
  readonly part: string;
  readonly isPackage: boolean;
  /** What is imported, as written. */
  readonly what: string;
}

const staticImport = /^(?:import|export)\s(?:([^"';]*?)\sfrom\s*)?["']([^"']+)["']/gm;
const dynamicImport = /\bimport\(\s*(?:["']([^"']+)["'])?/g;

function importsOf({ file, code }: Source): readonly Import[] {
  const found = [
    ...[...code.matchAll(staticImport)].map(([, what = "", from = ""]) => ({ what, from })),
    ...[...code.matchAll(dynamicImport)].map(([, from = "(computed)"]) => ({ what: "", from })),
  ];
  return found.map(({ what, from }) => {
    const isPackage = !from.startsWith(".");
    const leads = path.posix.join(path.posix.dirname(file), from);
    const part = isPackage ? from : partOf(leads);
    return { what, from, part, isPackage };
  });
}

/** Rooms of the wing for Compose projects: those that judge what was seen, and those that look or act. */
const judgingRooms = [
  "advice",
  "causes",
  "compose-edit",
  "facts",
  "health",
  "losses",
  "masking",
  "rules",
].map((room) => `targets/local/${room}`);
const judging = {
  src: ["core", "targets", "targets/local", ...judgingRooms],
  packages: ["zod", "yaml", "node:crypto"],
};
const acting = {
  src: [...judging.src, "ports", "targets/local/ports", "targets/local/inspect", "targets/local/tools"],
  packages: ["zod", "yaml"],
};

/** What each part of src may import of src (itself always), and of packages and Node's modules. */
const allowed: Readonly<
  Record<string, { readonly src: readonly string[]; readonly packages: readonly string[] }>
> = {
  core: { src: [], packages: ["zod", "yaml", "diff", "node:crypto"] },
  ports: { src: ["core"], packages: [] },
  // Of the wings nothing but their list; nobody but the wiring imports it.
  targets: { src: ["core", "ports", "targets/local"], packages: ["zod"] },
  "targets/local": {
    src: [...judging.src, "targets/local/ports", "targets/local/inspect", "targets/local/tools"],
    packages: ["zod"],
  },
  ...Object.fromEntries(judgingRooms.map((room) => [room, judging])),
  "targets/local/ports": { src: ["core", "ports", "targets/local/facts"], packages: [] },
  "targets/local/inspect": acting,
  "targets/local/tools": acting,
  attest: { src: ["core", "ports"], packages: ["zod", "node:crypto"] },
  // The goal of the planner's search is that the classifier finds nothing any more.
  plan: { src: ["core", "ports", "targets"], packages: ["zod", "yaml"] },
  apply: { src: ["core", "ports", "targets"], packages: ["zod"] },
  ui: { src: ["core", "ports"], packages: ["node:util"] },
  flows: {
    src: ["core", "ports", "targets", "attest", "plan", "apply", "ui"],
    packages: ["zod", "node:util", "node:path"],
  },
  cli: {
    src: ["core", "ports", "targets", "attest", "plan", "apply", "ui", "flows"],
    packages: ["zod", "citty", "node:util", "node:path"],
  },
};

/** These make the adapters and hand them on. */
const wiring = new Set(["main.ts", "run-cli.ts", "wire-services.ts"]);

const src = sourcesIn("src");
const tests = sourcesIn("test");
const pure = new Set(Object.keys(allowed));

function offenders(sources: readonly Source[], pattern: RegExp): readonly string[] {
  return sources.flatMap(({ file, code }) =>
    [...code.matchAll(new RegExp(pattern, pattern.flags.includes("i") ? "gmi" : "gm"))].map(
      ([match]) => `${file}: ${match.trim()}`,
    ),
  );
}

describe("imports", () => {
  it("are found as they are written", () => {
    const text = [
      'import a, { b } from "./x.ts";',
      'import type { C } from "zod";',
      'import "node:fs";',
      "export {\n  d,\n  e,\n} from '../core/y.ts';",
      'const f = await import("execa");',
      'const g = "import h from nowhere";',
      'export const i = "j";',
    ].join("\n");
    const source = { file: "src/ui/z.ts", part: "ui", text, code: text };

    expect(importsOf(source).map(({ part }) => part)).toEqual(["ui", "zod", "node:fs", "core", "execa"]);
  });

  it("of every part of src are ruled", () => {
    const parts = new Set(src.map(({ part }) => part));

    expect(
      [...parts].filter((part) => !(part in allowed) && part !== "adapters" && !wiring.has(part)),
    ).toEqual([]);
  });

  it("stay within what the part may import", () => {
    const wrong = src.flatMap((source) => {
      if (wiring.has(source.part)) return [];
      const rule = allowed[source.part] ?? {
        src: ["core", "ports", "targets/local/ports", ...judgingRooms],
        packages: undefined,
      };
      return importsOf(source)
        .filter(({ part, isPackage }) =>
          isPackage
            ? rule.packages !== undefined && !rule.packages.includes(part)
            : part !== source.part && !rule.src.includes(part),
        )
        .map(({ from }) => `${source.file} imports ${from}`);
    });

    expect(wrong).toEqual([]);
  });

  it("of the wiring come from the wiring only", () => {
    const wrong = src.flatMap((source) =>
      importsOf(source)
        .filter(({ part }) => wiring.has(part) && !wiring.has(source.part))
        .map(({ from }) => `${source.file} imports ${from}`),
    );

    expect(wrong).toEqual([]);
  });

  it("with a computed name exist nowhere", () => {
    expect(src.filter((source) => importsOf(source).some(({ from }) => from === "(computed)"))).toEqual([]);
  });

  it("give no port that writes to those who only look or plan", () => {
    const looking = new Set(["core", "plan", "ui", "attest", "targets/local/inspect", ...judgingRooms]);

    const wrong = src.flatMap((source) =>
      looking.has(source.part)
        ? importsOf(source)
            .filter(({ what }) => /\b(?:\w+Writer|WritePorts|StepContext)\b/.test(what))
            .map(({ what }) => `${source.file} imports ${what}`)
        : [],
    );

    expect(wrong).toEqual([]);
  });
});

describe("wings", () => {
  /** A word of a kind of target; names of model providers (github-copilot) are none. */
  const kindWords =
    /\b(?:docker|dockerd|podman|compose|containers?|colima|azure|bicep|arm|aci|key ?vaults?|resource groups?|local)\b/i;
  const corridor = new Set(["core", "ports", "plan", "apply", "attest", "ui", "flows"]);
  /** Words that strangers write, by which secrets and orders are found. */
  const wordLists = new Set([
    "src/core/masking/harmless-values.ts",
    "src/core/masking/option-secrets.ts",
    "src/core/masking/plain-words.ts",
    "src/plan/planners/instructing-text.ts",
  ]);

  it("are listed by the registry alone, which the wiring hands on", () => {
    const ofRegistry = src
      .filter(({ part }) => !wiring.has(part))
      .filter((source) => importsOf(source).some(({ from }) => from.endsWith("targets/index.ts")));

    expect(ofRegistry.map(({ file }) => file)).toEqual([]);
  });

  it("keep their words to themselves", () => {
    const inCorridor = src
      .filter(({ part, file }) => corridor.has(part) && !wordLists.has(file))
      .map((source) => ({ ...source, code: source.code.replaceAll('"azure-openai"', "") }));

    expect(offenders(inCorridor, new RegExp(`^.*${kindWords.source}.*$`, "i"))).toEqual([]);
  });
});

describe("files", () => {
  it("do not import each other in circles", () => {
    const known = new Map(
      src.map((source) => [
        source.file,
        importsOf(source)
          .filter(({ isPackage }) => !isPackage)
          .map(({ from }) => path.posix.join(path.posix.dirname(source.file), from)),
      ]),
    );

    expect(circlesIn(known)).toEqual([]);
  });

  it("stand in folders of no more than 20", () => {
    const folders = Map.groupBy(src, ({ file }) => path.posix.dirname(file));

    expect([...folders].filter(([, files]) => files.length > 22).map(([folder]) => folder)).toEqual([]);
  });
});

/** Each circle of imports once, by its files in order. */
function circlesIn(imports: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const circles = new Set<string>();
  const done = new Set<string>();
  const visit = (file: string, trail: readonly string[]): void => {
    const at = trail.indexOf(file);
    if (at >= 0) circles.add(trail.slice(at).toSorted().join(" <-> "));
    if (at >= 0 || done.has(file)) return;
    for (const next of imports.get(file) ?? []) visit(next, [...trail, file]);
    done.add(file);
  };
  for (const file of imports.keys()) visit(file, []);
  return [...circles].toSorted();
}

describe("printed sentences", () => {
  it("stand in one file each, so that a search finds where to change them", () => {
    const places = new Map<string, Set<string>>();
    for (const { file, code } of src)
      for (const [, plain = "", template = ""] of code.matchAll(
        /"((?:[^"\\\n]|\\.){30,})"|`((?:[^`\\]|\\.){30,})`/g,
      ))
        for (const text of `${plain}${template}`.split(/\$\{[^}]*\}/))
          if (text.length >= 40 && /^(?:[^ ]* ){5}/.test(text) && !/^, \w+, /.test(text))
            places.set(text, (places.get(text) ?? new Set()).add(file));

    expect(places.size).toBeGreaterThan(500);
    expect(
      [...places].filter(([, files]) => files.size > 1).map(([text, files]) => [text, ...files]),
    ).toEqual([]);
  });
});

describe("src", () => {
  const others = src.filter(({ part }) => pure.has(part));

  it("has files that were read", () => {
    expect(src.length).toBeGreaterThan(100);
    expect(others.length).toBeGreaterThan(80);
  });

  it("touches the process in main.ts only", () => {
    // To end a program with all it started there is no other call.
    const ofGroups = /process\.kill\(-child\.pid, signal\)/;
    const withoutMain = src
      .filter(({ part }) => part !== "main.ts")
      .map((source) =>
        source.file === "src/adapters/process/child-group.ts"
          ? { ...source, code: source.code.replace(ofGroups, "") }
          : source,
      );

    expect(offenders(withoutMain, /(?<![\w.])(?:globalThis\.)?process\.\w+|"node:process"/)).toEqual([]);
  });

  it("has clocks, timers and randomness in adapters and wiring only", () => {
    const own =
      /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bperformance\.now\b|\brandom(?:UUID|Bytes|Int)\b|\bset(?:Timeout|Interval|Immediate)\(/;

    expect(offenders(others, own)).toEqual([]);
  });

  it("has disk, network and processes in adapters and main only", () => {
    const io =
      /["']node:(?:fs|fs\/promises|child_process|net|http|https|http2|tls|dgram|worker_threads|cluster|sqlite|vm|os)["']|\bfetch\(/;

    expect(offenders(others, io)).toEqual([]);
  });

  it("judges facts synchronously", () => {
    const judges = src.filter(({ part }) => part === "core" || judgingRooms.includes(part));

    expect(offenders(judges, /\basync\b|\bawait\b|\bPromise\b/)).toEqual([]);
  });

  it("declares interfaces and types only as ports", () => {
    const ports = src.filter(({ part }) => part === "ports" || part === "targets/local/ports");

    expect(
      offenders(ports, /^(?:export\s+)?(?:const|let|var|function|class)\b.*|^import (?!type).*/),
    ).toEqual([]);
  });

  it("gives no string to a shell or an interpreter", () => {
    expect(
      offenders(src, /\beval\(|\bnew Function\b|\bshell:\s*(?!false)|\bexecSync\(|\bexeca?Command\(/),
    ).toEqual([]);
  });

  it("has no default exports, enums, namespaces or consoles", () => {
    const banned =
      /^export default\b|^(?:export )?(?:declare )?(?:const )?enum\b|^(?:export )?namespace\b|\bconsole\.\w+/;

    expect(offenders(src, banned)).toEqual([]);
  });

  it("has no file over 300 lines", () => {
    expect(src.filter(({ text }) => text.split("\n").length > 301).map(({ file }) => file)).toEqual([]);
  });

  it("has file names in kebab-case that say what is in them", () => {
    const names = src.map(({ file }) => path.posix.basename(file, ".ts"));

    expect(names.filter((name) => !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name))).toEqual([]);
    expect(names.filter((name) => /^(?:utils?|helpers?|common|manager|misc)$/.test(name))).toEqual([]);
  });
});

describe("tests", () => {
  const others = tests.filter(({ file }) => file !== "test/architecture.test.ts");

  it("patch no modules", () => {
    expect(offenders(others, /\bvi\.(?:mock|doMock|hoisted|stubGlobal)\b/)).toEqual([]);
  });

  it("leave none out", () => {
    expect(offenders(others, /\b(?:it|test|describe)\.(?:skip|only|todo|fails)\b/)).toEqual([]);
  });

  it("export nothing by default", () => {
    expect(offenders(others, /^export default\b/)).toEqual([]);
  });
});
