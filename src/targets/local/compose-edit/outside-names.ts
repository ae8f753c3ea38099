import { isMap, isScalar, isSeq, visit } from "yaml";
import { entriesOf, entryOf, itemsOf, readComposeFile, resolved, type ComposeFile } from "./compose-file.ts";

/** What a Compose file names that is not in it: variables, files, programs. Of one that is no sound YAML only lines. */
export interface OutsideNames {
  /** Texts that Compose interpolates. */
  readonly texts: readonly string[];
  /** Variables that are passed on by their name alone. */
  readonly passedOn: readonly string[];
  /** Paths of `env_file`, not interpolated. */
  readonly envFiles: readonly string[];
  /** Paths of further Compose files, by `include` and `extends`, not interpolated, from the deployment's directory. */
  readonly composeFiles: readonly string[];
  /** Type of the `provider` by service. */
  readonly providers: ReadonlyMap<string, string>;
}

export function outsideNames(path: string, text: string): OutsideNames {
  const file = readComposeFile({ path, text, role: "compose" });
  if (!("document" in file)) {
    const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
    return { texts: lines, passedOn: [], envFiles: [], composeFiles: [], providers: new Map() };
  }
  const root = file.document.contents;
  const services = [...entriesOf(file, entryOf(file, root, "services"))];
  const includes = itemsOf(file, resolved(file, entryOf(file, root, "include"))).map((item) =>
    resolved(file, item),
  );
  // Compose goes by the directory of the file that names them.
  const folder = path.includes("/") ? path.slice(0, path.lastIndexOf("/") + 1) : "";
  const fromRoot = (named: string): string =>
    folder === "" || /^[/~$]/.test(named) ? named : folder + named.replace(/^(?:\.\/)+/, "");
  return {
    texts: textsOf(file),
    passedOn: [
      ...services.flatMap(([, service]) => [
        ...namesAlone(file, entryOf(file, service, "environment")),
        ...namesAlone(file, entryOf(file, entryOf(file, service, "build"), "args")),
      ]),
      ...["secrets", "configs"].flatMap((kind) =>
        [...entriesOf(file, entryOf(file, root, kind)).values()].flatMap((entry) =>
          textOf(entryOf(file, entry, "environment")),
        ),
      ),
    ],
    envFiles: [
      ...services.flatMap(([, service]) => pathsIn(file, entryOf(file, service, "env_file"))),
      ...includes.flatMap((include) => pathsIn(file, entryOf(file, include, "env_file"))),
    ].map(fromRoot),
    composeFiles: [
      ...includes.flatMap((include) =>
        isScalar(include) ? textOf(include) : pathsIn(file, entryOf(file, include, "path")),
      ),
      ...services.flatMap(([, service]) => textOf(entryOf(file, entryOf(file, service, "extends"), "file"))),
    ].map(fromRoot),
    providers: new Map(
      services.flatMap(([name, service]) => {
        const provider = entryOf(file, service, "provider");
        if (provider === undefined || (isScalar(provider) && provider.value === null)) return [];
        return [[name, textOf(entryOf(file, provider, "type"))[0] ?? "unknown"]];
      }),
    ),
  };
}

/** All values, since keys are never interpolated. */
function textsOf(file: ComposeFile): readonly string[] {
  const texts: string[] = [];
  visit(file.document, {
    Scalar: (key, node) => {
      if (key !== "key" && typeof node.value === "string") texts.push(node.value);
    },
  });
  return texts;
}

/** `- NAME` in a list, `NAME:` in a map. */
function namesAlone(file: ComposeFile, node: unknown): readonly string[] {
  const found = resolved(file, node);
  if (isSeq(found)) {
    const items = itemsOf(file, found).flatMap((item) => textOf(resolved(file, item)));
    return items.filter((item) => !item.includes("="));
  }
  if (!isMap(found)) return [];
  return [...entriesOf(file, found)].flatMap(([name, value]) =>
    value === undefined || (isScalar(value) && value.value === null) ? [name] : [],
  );
}

/** One path, or a list of paths and of maps with a `path`. */
function pathsIn(file: ComposeFile, node: unknown): readonly string[] {
  const found = resolved(file, node);
  const items = isScalar(found) ? [found] : itemsOf(file, found);
  return items.flatMap((item) => {
    const entry = resolved(file, item);
    return textOf(isScalar(entry) ? entry : entryOf(file, entry, "path"));
  });
}

function textOf(node: unknown): readonly string[] {
  return isScalar(node) && typeof node.value === "string" ? [node.value] : [];
}
