/** Asks again until the answer is true. Throws, naming `what`, when `timeoutMs` have passed. */
export async function waitUntil(
  what: string,
  isSo: () => Promise<boolean> | boolean,
  timeoutMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`not so after ${timeoutMs} ms: ${what}`);
    // Polling: neither a container's port nor a dying process tells when it changes.
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
