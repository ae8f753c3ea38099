import type { MadeFrom } from "./change-facts.ts";

/** From which files the containers were made, where it is not these; one line. */
export function otherFilesText(made: Extract<MadeFrom, { readonly status: "other_files" }>): string {
  const from = [
    ...(made.files === undefined ? [] : [`the files ${made.files.join(", ")}`]),
    ...(made.directory === undefined ? [] : [`the directory ${made.directory}`]),
    ...(made.envFiles === undefined ? [] : [`the env files ${made.envFiles.join(", ")}`]),
  ];
  const containers = made.services.length === 1 ? "the container" : "the containers";
  return `${containers} of ${made.services.join(", ")} were made from ${from.join(" in ") || "other files"}, not from what was read here`;
}
