/** One recorded start of the real backend. `exitCode` is below zero or null where it ran until it was stopped. */
export interface RecordedStart {
  readonly source: string;
  readonly env: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number | null;
}

export interface RecordedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** What a start has in common with every other of its kind: `lines ×N` for lines that follow each other. */
export interface StartShape {
  readonly exitCode: number | null;
  /** Until the port opens. */
  readonly stdout: readonly string[];
  /** What requests made it say. */
  readonly answering: readonly string[];
  readonly stderr: readonly string[];
}

/** Stands where a recording was cut; the lines beside it are not whole. */
export const cut = "(cut)";
const cutMark = /…\(\d+ characters cut\)…/;

export function startShape(start: Pick<RecordedStart, "stdout" | "stderr" | "exitCode">): StartShape {
  const printed = counted(
    lines(start.stdout)
      .map(stdoutLine)
      // Another thread says this, whenever it comes to it.
      .filter((line) => !line.endsWith("get lock and wait next pipeline")),
  );
  const listening = printed.findLastIndex((line) => line.startsWith("[GIN-debug]")) + 1 || printed.length;
  return {
    exitCode: start.exitCode === null || start.exitCode < 0 ? null : start.exitCode,
    stdout: printed.slice(0, listening),
    answering: printed.slice(listening),
    stderr: counted(stderrLines(lines(start.stderr))),
  };
}

function lines(text: string): string[] {
  const all = text.replace(/\n$/, "").split("\n");
  if (text === "") return [];
  const at = all.findIndex((line) => cutMark.test(line));
  return at === -1 ? all : [...all.slice(0, Math.max(at - 1, 0)), cut, ...all.slice(at + 2)];
}

/** What differs between two runs of one thing, or between two sets of plugins and scripts. */
function steady(text: string): string {
  return text
    .replace(/'[\w]+'@'[^']+'/g, "USER@HOST")
    .replace(/listen tcp :\d+/, "listen tcp :PORT")
    .replace(/(?<=^\[mysql\] )\d\S+ \S+/, "TIME")
    .replace(/to database '\w+'/, "to database DB")
    .replace(/(?:\d+\.){3}\d+:\d+/g, "ADDRESS")
    .replace(/lookup (\S+) on .*?: (?:no such host|server misbehaving)/g, "lookup HOST: no such host")
    .replace(/database=\w+/, "database=DB")
    .replace(/user=\w+/, "user=USER")
    .replace(/"mysql:\/\/[^"]*"/g, '"URL"')
    .replace(/(?:\/devlake|\/tmp)\/\S+?(?=[:"\s]|$)/g, "PATH")
    .replace(/Error (?!10(?:44|45|49))\d+ \(\w+\): .*?(?= \(\d+\)|$)/g, "Error NUMBER");
}

const said = (text: string) =>
  counted(
    lines(text)
      .map(databaseLine)
      .filter((line) => line !== ""),
  );

/** A start of the database: its lines without time, thread, version and process. */
export function databaseShape(start: Pick<RecordedStart, "stdout" | "stderr" | "exitCode">): StartShape {
  return { exitCode: start.exitCode, stdout: said(start.stdout), answering: [], stderr: said(start.stderr) };
}

function databaseLine(line: string): string {
  // Of 9.x alone.
  if (/\[MY-(?:015150|015603)\]/.test(line)) return "";
  return line
    .replace(/^\d{4}-\d\d-\d\d[T ]\S+ (?:\d+ )?/, "")
    .replaceAll(/9\.7\.4-2|8\.4\.5(?:-1\.el9)?/g, "VERSION")
    .replace(/(?<=process )\d+|(?<=different size )\d+/, "N")
    .replace(/ *(?:\(Debian\)|MySQL Community Server - GPL)\.$/, "");
}

function stdoutLine(line: string): string {
  const access = /^\[GIN\] .*? \| (\d+) \|.*\| (\w+) +(".*")$/.exec(line);
  if (access) return `[GIN] ${access[1]} ${access[2]} ${access[3]}`;
  const logged = /^time="[^"]*" level=(\w+) msg="(.*)"$/.exec(line);
  if (!logged) return steady(line);
  return steady(`${logged[1]}: ${message(logged[2] ?? "")}`);
}

function message(quoted: string): string {
  const text = quoted.replaceAll(String.raw`\"`, '"').replace(/\\x1b\[[\d;]*m/g, "");
  const statement = /^\/app\/impls\/dalgorm\/dalgorm\.go:\d+ /.exec(text);
  const [first = "", ...more] = text
    .slice(statement?.[0].length ?? 0)
    .replaceAll(String.raw`\t`, "")
    .split(String.raw`\n`);
  const head = `${statement ? "gorm " : ""}${first}`
    .replace(/(?<=applying migration script ).*/, "*")
    .replace(/(?<=^plugin loaded |^register plugin:|plugin: )\w+/, "*")
    .replace(/(?<=scripts: |total: |blueprint |cron id: )\d+/g, "N")
    .replace(/(?<=cron config: ).*/, "*");
  const causes = more.flatMap((line) => /(?:Wraps: \(\d+\)|^caused by:) (.+)/.exec(line)?.[1] ?? []);
  return [head, ...causes.slice(-1)].join(" … ");
}

/** What was printed over a connection or project that the recorder made. */
const saidOverWrites = /^(?:create model|field\.GORMDataType .*|true serializer:encdec)$/;

function stderrLines(all: readonly string[]): string[] {
  let inGoroutine = false;
  return all.flatMap((line) => {
    if (saidOverWrites.test(line)) return [];
    if (line.startsWith("goroutine ")) {
      inGoroutine = true;
      return "goroutine";
    }
    if (inGoroutine) return line === "" ? line : "call";
    return stderrLine(line);
  });
}

function stderrLine(given: string): string {
  // Go 1.23 and newer set in what follows the first line of a panic.
  const line = given.replace(/^\t(?=\s|Wraps|Error types)/, "");
  if (line.startsWith("Version:")) return "Version";
  if (/\[Recovery\].*panic recovered:$/.test(line)) return "[Recovery] panic recovered:";
  if (/^\/\S+:\d+ \(0x|^\t\S.*: /.test(line)) return "walked";
  const below = /^(?:\s*\|)+\s*/.exec(line)?.[0] ?? "";
  const rest = line.slice(below.length);
  if (below !== "" && !/^(?:-- stack|Wraps:|Error types:)/.test(rest)) return "frame";
  return steady(rest.replace(/^time="[^"]*"/, "time")).trimEnd();
}

const scripts = (line: string | undefined) => line?.endsWith("migration script *") === true;

function counted(all: readonly string[]): string[] {
  const found: { line: string; times: number }[] = [];
  for (const line of all) {
    const last = found.at(-1);
    if (last?.line === line) last.times++;
    else found.push({ line, times: 1 });
  }
  // How many migration scripts there are is not compared, so that a cut among them does no harm.
  return found
    .filter(({ line }, at) => !(line === cut && scripts(found[at - 1]?.line) && scripts(found[at + 1]?.line)))
    .filter(({ line }, at, all_) => !(scripts(line) && scripts(all_[at - 1]?.line)))
    .map(({ line, times }) => (times === 1 || scripts(line) ? line : `${line} ×${times}`));
}

/** Status, meaningful headers and kind of body. A cause after `:` only where the recording is whole. */
export function answerShape(method: string, answer: RecordedAnswer): string {
  const headers = Object.fromEntries(
    Object.entries(answer.headers).map(([key, value]) => [key.toLowerCase(), value]),
  );
  const length = headers["content-length"];
  const sized = headers["transfer-encoding"] === "chunked" || (length !== undefined && length !== "0");
  const facts = [
    String(answer.status),
    headers["content-type"] ?? "no type",
    ...(sized ? [] : [length === "0" ? "length 0" : "no length"]),
    ...(headers["access-control-allow-origin"] === undefined ? [] : ["any origin"]),
  ];
  return `${facts.join(", ")} | ${method === "HEAD" ? "" : bodyShape(answer.body)}`;
}

function bodyShape(given: unknown): string {
  const body = parsed(given);
  if (body === null) return "null";
  if (typeof body === "string") {
    // An error that was cut in the recording.
    if (/^\{"(?:code|success)":/.test(body)) return "error";
    return body.length < 60 ? JSON.stringify(body) : "text";
  }
  if (Array.isArray(body)) return `array ${JSON.stringify(body.map(rowShape))}`;
  const object = body as Record<string, unknown>;
  if (object["success"] === false && "causes" in object) {
    const shape = "code" in object ? "error" : "error without code";
    return `${shape}: ${lastCause(String(object["message"]))}`;
  }
  return `object ${Object.keys(object).sort().join(" ")}${"message" in object ? ` ${String(object["message"])}` : ""}`;
}

function parsed(body: unknown): unknown {
  if (typeof body !== "string") return body;
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

/** Of a connection: whether its token was shown. Of a plugin: nothing, since the sets differ. */
function rowShape(row: unknown): string {
  const fields = row as Record<string, unknown>;
  if (!("token" in fields)) return "row";
  return fields["token"] === "" ? "no token" : "token";
}

function lastCause(text: string): string {
  const causes = text.split("\n").flatMap((line) => /^Wraps: \(\d+\) (.+)/.exec(line)?.[1] ?? []);
  const gate = /New migration scripts detected/.exec(text);
  return steady(gate?.[0] ?? causes.at(-1) ?? text.split("\n")[0] ?? "");
}
