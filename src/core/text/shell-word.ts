/** A path or a name as one word of a command line, for POSIX shells, PowerShell and cmd alike. */
export function shellWord(word: string): string {
  // A shell would take a leading ~ for a home directory.
  if (/^(?!~)[\w./:\\@%+=,~-]+$/.test(word)) return word;
  return /["$`\\!]/.test(word) ? `'${word.replaceAll("'", `'\\''`)}'` : `"${word}"`;
}
