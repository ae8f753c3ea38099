import { copyFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { REPAIR_RESULT_TYPE } from "../../src/attest/statement.ts";
import type { Deployment } from "../stack/deployment.ts";
import { ofEngine } from "../stack/docker-versions.ts";
import { useGhDevlake } from "./gh-devlake.ts";
import { applyAndCheck, planOnly } from "./repair-run.ts";
import { discover } from "./gh-devlake-discovery.ts";
import { preciousOf, seededDeployment } from "./seeded-deployment.ts";

const gh = useGhDevlake();

const portTaken = {
  26: /devlake\.error +"driver failed [^"]*: Error starting userland proxy: listen tcp4 0\.0\.0\.0:8080: bind: address already in use"/,
  28: /devlake\.error +"failed to set up container networking: driver failed [^"]*: failed to bind host port for 0\.0\.0\.0:8080:[\d.]+:8080\/tcp: address already in use"/,
};

test("port 8080 held by a process of the host: all web ports move together, and gh devlake finds them", async () => {
  await using d = await seededDeployment();
  const precious = await preciousOf(d);
  await writeFile(join(d.dir, ".devlake-local.json"), stateFile);
  await d.compose("stop", "-t", "1", "devlake", "config-ui");
  await d.holdPort(8080);
  expect(await d.compose("start", "devlake", "config-ui")).toMatchObject({ exitCode: 1 });

  const planned = await planOnly(gh(), d);

  const { plan, ran } = planned;
  expect(plan.outcome).toBe("repair");
  expect(plan.metadata.name).toMatch(/-port-8080-held-by-node$/);
  expect(plan.findings.map((finding) => finding.class)).toEqual(["port_conflict_host_process"]);
  expect(plan.findings[0]).toMatchObject({
    severity: "blocking",
    summary: 'host port 8080 is held by process "node", so devlake cannot start',
    evidence: ["local.port.8080.holder", "local.container.devlake.error"],
  });
  expect(ran.stdout).toMatch(/local\.port\.8080\.holder +process node\n/);
  // Broken at other places when it is longer.
  expect(ran.stdout.replaceAll(/\n +/g, " ")).toMatch(await ofEngine(d, portTaken));
  expect(plan.steps.map(({ tool, effect }) => [tool, effect])).toEqual([
    ["rewrite_local_ports_to_alt_bundle", "mutating"],
    ["update_state_file", "mutating"],
    ["recreate_services", "mutating"],
  ]);

  const { result, resultPath } = await applyAndCheck(gh(), d, planned, precious, {
    approve: ["--approve", "s1,s2,s3"],
    changes: {
      "docker-compose.yml": [
        "-- 3002:3000",
        "+- 3004:3000",
        '-GF_SERVER_ROOT_URL: "http://localhost:4000/grafana"',
        '+GF_SERVER_ROOT_URL: "http://localhost:4004/grafana"',
        "-- 8080:8080",
        "+- 8085:8080",
        "-- 4000:4000",
        "+- 4004:4000",
      ],
      ".devlake-local.json": [
        '-"backend": "http://localhost:8080",',
        '+"backend": "http://localhost:8085",',
        '-"grafana": "http://localhost:3002",',
        '+"grafana": "http://localhost:3004",',
        '-"configUi": "http://localhost:4000"',
        '+"configUi": "http://localhost:4004"',
      ],
    },
    urls: {
      devlake: "http://localhost:8085",
      grafana: "http://localhost:3004",
      "config-ui": "http://localhost:4004",
    },
  });

  expect(await discover(d)).toBe("http://localhost:8085 by .devlake-local.json");
  expect(await cosign(d, planned.path, resultPath, result.signer.publicKeyPem)).toMatchObject({
    exitCode: 0,
  });
  await flipBitOfPayload(join(d.dir, resultPath));
  const refused = await cosign(d, planned.path, resultPath, result.signer.publicKeyPem);
  expect(refused.exitCode).not.toBe(0);
  expect(await gh().repair(d, ["verify", resultPath])).toMatchObject({ exitCode: 9 });
});

const stateFile = `{
  "deployedAt": "2026-02-18T12:00:00Z",
  "method": "local",
  "endpoints": {
    "backend": "http://localhost:8080",
    "grafana": "http://localhost:3002",
    "configUi": "http://localhost:4000"
  },
  "connections": [
    {
      "plugin": "github",
      "connectionId": 1,
      "name": "GitHub - my-org",
      "organization": "my-org"
    }
  ],
  "keptAsItIs": [1.50, "\u00e9"]
}
`;

/** The command of the README: cosign on the result as it is, with the plan as the subject. */
async function cosign(d: Deployment, plan: string, result: string, publicKey: string) {
  const key = join(gh().home, "signer.pem");
  await writeFile(key, publicKey);
  return d.exec(
    "cosign",
    [
      "verify-blob-attestation",
      "--key",
      key,
      "--type",
      REPAIR_RESULT_TYPE,
      "--insecure-ignore-tlog=true",
      "--signature",
      result,
      plan,
    ],
    { env: { HOME: gh().home } },
  );
}

async function flipBitOfPayload(file: string): Promise<void> {
  const envelope = JSON.parse(await readFile(file, "utf8"));
  await copyFile(file, `${file}.whole`);
  const payload = Buffer.from(envelope.payload, "base64");
  payload[100] = (payload[100] ?? 0) ^ 1;
  await writeFile(file, JSON.stringify({ ...envelope, payload: payload.toString("base64") }));
}
