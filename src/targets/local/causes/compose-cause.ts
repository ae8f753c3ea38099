/**
 * What Compose prints of its progress on standard error, in the forms of 1.29, 2.26, 2.40 and 5.5: `Container x Started`,
 * `Creating x ... done`, `[+] Running 2/3`, `✔ Network x Created`.
 */
const progress =
  /^(?:[✔✘⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏!] ?)?(?:\[\+\] |(?:Container|Network|Volume|Image|Service) \S+ +(?:[A-Z][a-z]+(?:\s+[\d.]+s)?)\s*$|\S+ Pull(?:ing|ed)\s*$|(?:Creating|Recreating|Starting|Stopping|Removing|Pulling) \S+ *(?:\.\.\.|\().*$)/;

/** What an Engine or Compose says itself, as against the lines around it. */
const says =
  /^(?:Error response from daemon: |ERROR: |Error: |dependency failed to start: |no such service: )/;
const daemon = "Error response from daemon: ";

/**
 * Why a Compose command failed, in the engine's words if it has any, and first: what stands last in its output may be
 * progress, or the sentence that some container was not started. `output` as Compose wrote it, masked by the caller.
 */
export function composeCause(output: string): string {
  const lines = output
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !progress.test(line));
  const words = lines.filter((line) => says.test(line) || line.includes(daemon)).map(ownWords);
  const told = words.length > 0 ? words : lines.slice(-LINES_SHOWN);
  return [...new Set(told)].slice(0, LINES_SHOWN).join("; ");
}

const LINES_SHOWN = 3;

/** Without what the programs on the way have put before it. */
function ownWords(line: string): string {
  const at = line.lastIndexOf(daemon);
  return at < 0 ? line.replace(/^(?:ERROR|Error): /, "") : line.slice(at + daemon.length);
}
