import { z } from "zod";
import type { Json } from "../../core/text/json.ts";
import type { ComposeObject } from "../../targets/local/ports/compose.ts";

const PrintedObject = z.record(z.string(), z.json());

/** `config` prints each `$` as `$$`, so that its output can be read back (1.29, 2.26 and 2.40, tried). */
export function unescaped(printed: unknown): Readonly<Record<string, Json>> {
  return PrintedObject.parse(
    JSON.parse(JSON.stringify(printed), (_key, value: unknown) =>
      typeof value === "string" ? value.replaceAll("$$", () => "$") : value,
    ),
  );
}

/** Networks or volumes with what their labels are made from: the text of each in the order of its keys. */
export function objectEntriesOf(
  printed: Readonly<Record<string, unknown>> | null | undefined,
  nameOf: (key: string) => string,
  isJson: boolean,
): readonly ComposeObject[] {
  return Object.entries(printed ?? {}).map(([key, entry]) => {
    const object = unescaped(entry ?? {});
    const { external } = object;
    return {
      key,
      name: nameOf(key),
      isExternal: external === true || (typeof external === "object" && external !== null),
      ...(isJson && { printed: object }),
    };
  });
}

export function fileEntriesOf(printed: unknown): Readonly<Record<string, Readonly<Record<string, Json>>>> {
  const entries = z.record(z.string(), z.unknown()).nullish().parse(printed) ?? {};
  return Object.fromEntries(Object.entries(entries).map(([key, entry]) => [key, unescaped(entry ?? {})]));
}
