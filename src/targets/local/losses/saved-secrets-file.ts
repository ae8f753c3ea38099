/** Name and value of a variable. */
type Pair = readonly [name: string, value: string];

/**
 * An env file that Compose reads back exactly (compose-go `dotenv/parser.go`: nothing is special between single quotes
 * but `\'`; between double ones `\\`, `\"`, `\$`, `\n` and `\r` stand for one character each).
 */
export function savedSecretsText(
  container: string,
  project: string,
  at: Date,
  pairs: readonly Pair[],
): string {
  const lines = pairs.map(([name, value]) => `${name}=${quoted(value)}`);
  return [
    `# secrets of container ${oneLine(container)} of Compose project ${oneLine(project)}, saved ${at.toISOString()}`,
    "# before the container was to be removed; keep this file, and show it to nobody",
    ...lines,
    "",
  ].join("\n");
}

function oneLine(name: string): string {
  return name.replaceAll(/\s+/g, " ");
}

function quoted(value: string): string {
  if (!/['\\\n\r]/.test(value)) return `'${value}'`;
  const escaped = value
    .replaceAll(/["\\$]/g, (character) => `\\${character}`)
    .replaceAll("\n", String.raw`\n`)
    .replaceAll("\r", String.raw`\r`);
  return `"${escaped}"`;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", r: "\r" };

/** What {@link savedSecretsText} wrote; lines of other forms are passed over. */
export function readSavedSecrets(text: string): readonly Pair[] {
  return text.split("\n").flatMap((line): readonly Pair[] => {
    const [, name = "", single, double] =
      /^([A-Za-z_][\w.-]*)=(?:'([^']*)'|"((?:[^"\\]|\\.)*)")$/.exec(line) ?? [];
    if (single !== undefined) return [[name, single]];
    if (double === undefined) return [];
    return [[name, double.replaceAll(/\\(.)/g, (_whole, escaped: string) => escapes[escaped] ?? escaped)]];
  });
}
