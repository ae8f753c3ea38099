import { expect, test } from "vitest";
import { composeCause } from "../../../../src/targets/local/causes/compose-cause.ts";

test.each([
  [
    "2.26 on Engine 26: the port is a process's",
    ` Container devlake-mysql-1  Running
 Container devlake-devlake-1  Starting
Error response from daemon: driver failed programming external connectivity on endpoint devlake-devlake-1 (75ac895dee59): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use
`,
    "driver failed programming external connectivity on endpoint devlake-devlake-1 (75ac895dee59): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
  ],
  [
    "2.40: with the same again, and the container that was not started, behind it",
    ` Container p-a-1  Creating
 Container p-a-1  Created
 Container p-a-1  Starting
 Container p-a-1  Error response from daemon: failed to set up container networking: driver failed
Error response from daemon: failed to set up container networking: driver failed
`,
    "failed to set up container networking: driver failed",
  ],
  [
    "5.5: a network that cannot be replaced, through two programs",
    ` Network netchg_n1 Error error during connect: Post "http://x/networks/create": Error response from daemon: error while removing network: network netchg_n1 has active endpoints
`,
    "error while removing network: network netchg_n1 has active endpoints",
  ],
  [
    "a dependency that does not get healthy",
    ` Container cond-db-1  Waiting
 Container cond-db-1  Error
dependency failed to start: container cond-db-1 is unhealthy
`,
    "dependency failed to start: container cond-db-1 is unhealthy",
  ],
  [
    "1.29: its own capital letters",
    `Recreating devlake_mysql_1 ... done
ERROR: for devlake  Cannot start service devlake: driver failed
`,
    "for devlake  Cannot start service devlake: driver failed",
  ],
  ["a service that no file has", "no such service: nosuch\n", "no such service: nosuch"],
  [
    "other words: the last lines that are no progress",
    "one\ntwo\nthree\nfour\n Container x  Started\n",
    "two; three; four",
  ],
  ["nothing but progress", " Container x  Started\n[+] Running 1/1\n ✔ Container x  Started  0.3s\n", ""],
  ["nothing", "", ""],
])("%s", (_what, output, cause) => {
  expect(composeCause(output)).toBe(cause);
});
