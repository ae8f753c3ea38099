/**
 * Milliseconds of the processor that this thread needs for the work, the least of some attempts: what else runs on
 * the machine counts little.
 */
export function cpuMs(work: () => void, attempts = 3): number {
  const times = Array.from({ length: attempts }, () => {
    const begin = process.threadCpuUsage();
    work();
    const { user, system } = process.threadCpuUsage(begin);
    return (user + system) / 1000;
  });
  return Math.min(...times);
}
