const headerBytes = 8;
const newline = 0x0a;

/**
 * The lines of a container's log. Without a terminal the Engine frames it: one byte of stream (0 to 2),
 * three of nothing, four of length, big-endian (Engine API, ContainerAttach). A line may span frames,
 * and lines of both streams may interleave, so each stream has its own unfinished line.
 */
export function logLines(log: Buffer, hasTerminal: boolean): readonly string[] {
  const lines: string[] = [];
  const open = new Map<number, Buffer>();
  for (const frame of hasTerminal ? [{ stream: 1, data: log }] : frames(log)) {
    let rest = Buffer.concat([open.get(frame.stream) ?? Buffer.alloc(0), frame.data]);
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      lines.push(lineText(rest.subarray(0, end)));
      rest = rest.subarray(end + 1);
    }
    open.set(frame.stream, rest);
  }
  for (const rest of open.values()) if (rest.length > 0) lines.push(lineText(rest));
  return lines;
}

interface Frame {
  readonly stream: number;
  readonly data: Buffer;
}

function* frames(log: Buffer): Generator<Frame> {
  let at = 0;
  while (at < log.length) {
    const stream = log[at] ?? 0;
    const start = at + headerBytes;
    if (stream > 2 || start > log.length) {
      // Not framed after all: better as it is than not at all.
      yield { stream: 1, data: log.subarray(at) };
      return;
    }
    at = start + log.readUInt32BE(at + 4);
    yield { stream: stream === 2 ? 2 : 1, data: log.subarray(start, at) };
  }
}

function lineText(line: Buffer): string {
  return line.toString("utf8").replace(/\r$/, "");
}
