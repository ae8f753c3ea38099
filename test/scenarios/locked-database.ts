import type { Deployment } from "../stack/deployment.ts";
import { waitUntil } from "../stack/wait-until.ts";

/** As another DevLake on the same database would: the backend cannot start until it is let go. */
export async function lockDatabase(d: Deployment): Promise<() => Promise<void>> {
  const mine = "SELECT id FROM information_schema.processlist WHERE info LIKE 'SELECT SLEEP(600)%'";
  const sleeping = d.sql("LOCK TABLES _devlake_locking_stub WRITE; SELECT SLEEP(600)").catch(() => []);
  await waitUntil("the lock is held", async () => (await d.sql(mine)).length > 0);
  return async () => {
    const [row] = await d.sql(mine);
    await d.sql(`KILL ${row?.[0] ?? ""}`);
    await sleeping;
  };
}
