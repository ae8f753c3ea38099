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
  /** Type of the `provider` by service. */
  readonly providers: ReadonlyMap<string, string>;
}

export function outsideNames(path: string, text: string): OutsideNames {
  const file = readComposeFile({ path, text, role: "compose" });
  if (!("document" in file)) {
    const lines = text.split("\n").filter((line) => !/^\s*#/.test(line));
    return { texts: lines, passedOn: [], envFiles: [], providers: new Map() };
  }
  const root = file.document.contents;
  const services = [...entriesOf(file, entryOf(file, root, "services"))];
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
    envFiles: services.flatMap(([, service]) => envFilesOf(file, entryOf(file, service, "env_file"))),
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

function envFilesOf(file: ComposeFile, node: unknown): readonly string[] {
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
