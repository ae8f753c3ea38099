import type { Writable } from "node:stream";
import { errnoCode } from "../../core/errors.ts";

/**
 * Watches streams that nobody waits for. A reader that goes away, such as `head` or a closed terminal, is no
 * fault of ours; what else fails is told to `onFailure` once. Neither stops a run.
 */
export function watchOutput(stream: Writable, onFailure: (error: Error) => void): void {
  let told = false;
  stream.on("error", (error) => {
    if (told || errnoCode(error) === "EPIPE" || errnoCode(error) === "EIO") return;
    told = true;
    onFailure(error);
  });
}
