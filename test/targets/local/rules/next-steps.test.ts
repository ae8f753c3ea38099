import { describe, expect, test } from "vitest";
import { classify } from "../../../../src/targets/local/classify.ts";
import { FactsDraft, type Facts } from "../../../../src/core/fact.ts";
import * as local from "../../../../src/targets/local/facts/local-facts.ts";
import { recorded } from "../../../plan/recorded-facts.ts";

function stepsFor(facts: Facts): readonly string[] {
  return classify(facts)[0]?.nextSteps ?? [];
}

const changed = (name: string): FactsDraft => new FactsDraft(recorded(name).facts);

function showIn(name: string): string {
  return `\`docker inspect ${name} --format '{{range .Config.Env}}{{println .}}{{end}}' | grep ^ENCRYPTION_SECRET=\``;
}

describe("a lost secret", () => {
  test("that the running backend still has: its container is kept, and read", () => {
    const [first, second, ...rest] = stepsFor(recorded("secret-lost-while-running").facts);

    expect(first).toBe(
      "do not run docker compose up, down or rm: the running container devlake-devlake-1 has the only copy of the secret that was seen",
    );
    expect(second).toContain("(it prints the secret on the terminal)");
    expect(second).toContain(showIn("devlake-devlake-1"));
    expect(rest.join("\n")).not.toMatch(/openssl|docker compose/);
  });

  test("is looked for in a container that does not run, by its name", () => {
    const facts = changed("secret-absent")
      .set(local.containerState("devlake"), "exited")
      .set(local.containerName("devlake"), "old-devlake-1")
      .facts();

    expect(stepsFor(facts).join("\n")).toContain(showIn("old-devlake-1"));
    expect(stepsFor(recorded("secret-absent").facts).join("\n")).not.toContain("docker inspect");
  });

  test("never types what a name holds, whatever facts were saved", () => {
    const facts = changed("secret-absent")
      .set(local.containerState("devlake"), "exited")
      .set(local.containerName("devlake"), "x; rm -rf $HOME")
      .facts();

    expect(stepsFor(facts).join("\n")).toContain(showIn("'x; rm -rf $HOME'"));
  });

  test.each(["env-file-missing", "env-file-is-directory"])(
    "has a container to be found first where none is known: %s",
    (name) => {
      const steps = stepsFor(recorded(name).facts);
      const listed = steps.findIndex((step) => step.endsWith("`docker ps -a`"));

      expect(listed).toBeGreaterThan(0);
      expect(steps[listed + 1]).toContain(showIn("NAME"));
    },
  );

  test.each(["absent", "running"] as const)(
    "of a new install is made only after the database was seen to be empty (%s)",
    (state) => {
      const steps = stepsFor(changed("secret-absent").set(local.containerState("mysql"), state).facts());
      const made = steps.findIndex((step) => step.includes("openssl rand"));

      expect(steps[0]).toMatch(/^do not make a new secret/);
      expect(steps[made - 1]).toContain("SHOW TABLES");
      expect(steps[made]).toMatch(/^only if that printed neither a table nor an error/);
      expect(
        steps.some((step) => step.endsWith("`docker compose up -d --no-recreate --no-deps mysql`")),
      ).toBe(state === "absent");
      expect(steps.slice(0, made).join("\n")).not.toContain("openssl");
    },
  );
});

describe("what is known stands in the step:", () => {
  test("the process that has the port", () => {
    const steps = stepsFor(changed("port-8080-process").set(local.portHolderPid(8080), 4711).facts());
    const unknown = stepsFor(changed("port-8080-process").remove(local.portHolderPid(8080)).facts());

    expect(steps).toContain("stop that process (pid 4711) if it is not needed");
    expect(unknown).toContain("stop that process if it is not needed");
  });

  test("the page that asks for a migration, after a backup that takes no password and waits for no lock", () => {
    const [dump, whole, confirm] = stepsFor(recorded("migration-pending").facts);

    expect(dump).toContain(
      `\`docker compose exec -T mysql sh -c 'MYSQL_PWD="$MYSQL_PASSWORD" mysqldump -u"$MYSQL_USER" --single-transaction --skip-lock-tables`,
    );
    expect(dump).toContain("_devlake_locking_stub");
    expect(whole).toContain("Dump completed");
    expect(confirm).toMatch(/: http:\/\/localhost:4000$/);
  });

  test("the database under the name that the deployment gives it", () => {
    const facts = changed("migration-pending")
      .set(local.serviceRole("mysql"), "other")
      .set(local.serviceRole("grafana"), "database")
      .facts();

    expect(stepsFor(facts)[0]).toContain("docker compose exec -T grafana ");
  });

  test("a log's advice speaks of the services as they are called here", () => {
    const { facts } = recorded("grafana-volume-permission");
    const ids = [...facts].map(
      ([id, entry]) =>
        [id.replace(/^(local\.(?:container|service|log))\.grafana\./, "$1.charts."), entry] as const,
    );
    const renamed = new FactsDraft(new Map(ids))
      .set(local.services(), ["config-ui", "devlake", "charts", "mysql"])
      .facts();

    expect(stepsFor(renamed).join("\n")).toContain("--entrypoint id charts`");
  });
});

test("a package is installed by one who may", () => {
  expect(stepsFor(recorded("compose-not-installed").facts)[0]).not.toMatch(/(?<!sudo )apt-get/);
});
