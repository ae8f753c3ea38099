import { composeText, envText } from "../fakes/broken-worlds.ts";
import type { FakeWorld } from "../fakes/fake-world.ts";

/** Where a secret is planted. The text of each place has CANARY where the secret stands. */
export type Planting = (world: FakeWorld, canary: string) => void;

function inEnv(lines: string): Planting {
  return (world, canary) => {
    world.put(".env", `${envText}${lines.replaceAll("CANARY", canary)}\n`, 0o600);
  };
}

/** Below `environment:` of the backend. */
function inEnvironment(lines: string): Planting {
  return inCompose((text) =>
    text.replace("      LOGGING_DIR: /app/logs\n", `      LOGGING_DIR: /app/logs\n${lines}\n`),
  );
}

/** Below the service of the backend. */
function inService(lines: string): Planting {
  return inCompose((text) =>
    text.replace(
      "    env_file:\n      - ./.env\n    environment:\n      LOGGING",
      `${lines}\n    env_file:\n      - ./.env\n    environment:\n      LOGGING`,
    ),
  );
}

function inCompose(edit: (text: string) => string): Planting {
  return (world, canary) => {
    const edited = edit(composeText);
    if (edited === composeText) throw new Error("nothing was planted");
    world.put("docker-compose.yml", edited.replaceAll("CANARY", canary));
  };
}

function atEnd(lines: string): Planting {
  return inCompose((text) => `${text}${lines}\n`);
}

function ofShell(name: string, use: Planting): Planting {
  return (world, canary) => {
    world.shell.set(name, canary);
    use(world, canary);
  };
}

/** Only in the environment of a container, running or not. */
function inContainer(name: string, service = "devlake"): Planting {
  return (world, canary) => {
    const container = world.engine.ofService(world.project, service);
    if (container === undefined) throw new Error(`no container of ${service}`);
    const env = [...container.env, `${name}=${canary}`];
    world.engine.containers.set(container.id, { ...container, env });
  };
}

export const plantings: Readonly<Record<string, Planting>> = {
  ".env: DB_PW": inEnv("DB_PW=CANARY"),
  ".env: SMTP_PW": inEnv("SMTP_PW=CANARY"),
  ".env: REDIS_CREDS": inEnv("REDIS_CREDS=CANARY"),
  ".env: JWT": inEnv("JWT=CANARY"),
  ".env: SIGNINGKEY": inEnv("SIGNINGKEY=CANARY"),
  ".env: SESSION_COOKIE": inEnv("SESSION_COOKIE=CANARY"),
  ".env: DB_CONN": inEnv("DB_CONN=CANARY"),
  ".env: GRAFANA_ADMIN": inEnv("GRAFANA_ADMIN=CANARY"),
  ".env: a name that says nothing": inEnv("TEAM_BADGE=CANARY"),
  ".env: exported": inEnv("export SEAT=CANARY"),
  ".env: double quoted": inEnv('SEAT="CANARY"'),
  ".env: single quoted": inEnv("SEAT='CANARY'"),
  ".env: with a comment behind it": inEnv("SEAT='CANARY' # was here"),
  ".env: in YAML's way": inEnv("SEAT: CANARY"),
  ".env: blanks round the sign": inEnv("SEAT = CANARY"),
  ".env: over two lines": inEnv('SEAT="first\nCANARY"'),
  ".env: commented out": inEnv("# OLD_SEAT=CANARY"),
  ".env: in the comment behind a value": inEnv("SEAT_PORT=8080 # was SEAT_NO=CANARY"),
  ".env: no assignment": inEnv("ENCRYPTION_SECRET;CANARY"),
  ".env: the second line of a broken one": inEnv("SEAT_TAG=v1\nCANARY+/=xyz"),
  ".env: a quote that is never closed": inEnv('SEAT="CANARY'),
  ".env: DB_URL's password": inEnv("DB_URL=mysql://merico:CANARY@mysql:3306/lake?charset=utf8mb4"),
  ".env: DB_URL with an unknown parameter": inEnv(
    "DB_URL=mysql://merico:merico@mysql:3306/lake?extra=CANARY",
  ),
  ".env: a token before a host": inEnv("REPO=https://CANARY@git.example.com/x.git"),
  ".env: user and password before a host": inEnv("REPO=https://bot:CANARY@git.example.com/x.git"),
  ".env: a webhook": inEnv("HOOK=https://hooks.example.com/services/T0/B0/CANARY"),
  ".env: a query": inEnv("FEED=https://feed.example.com/api?key=CANARY"),
  ".env: a DSN of Go": inEnv("LAKE=merico:CANARY@tcp(mysql:3306)/lake"),
  ".env: the default of a reference": inEnv("SEAT=${OTHER:-CANARY}"),
  ".env: behind a dollar sign that was not doubled": inEnv("SEAT=abc$CANARY"),
  ".env: JSON": inEnv(`SEAT='{"pin":"CANARY"}'`),
  "environment: map": inEnvironment("      SEAT: CANARY"),
  "environment: double quoted": inEnvironment('      SEAT: "CANARY"'),
  "environment: folded": inEnvironment("      SEAT: >-\n        CANARY"),
  "environment: literal": inEnvironment("      SEAT: |\n        first\n        CANARY"),
  "environment: default of a reference": inEnvironment("      SEAT: ${OTHER:-CANARY}"),
  "environment: message of a reference": inEnvironment("      SEAT: ${LOGGING_DIR:-${OTHER:?CANARY}}"),
  "environment: in a comment behind it": inEnvironment("      A_PORT: 80 # was DB_PW=CANARY"),
  "environment: commented out": inEnvironment("      # SEAT_NO: CANARY"),
  "environment: commented out in a list": inEnvironment("      # - SEAT_NO=CANARY"),
  "environment: a URL in a comment": inEnvironment("      # see https://bot:CANARY@git.example.com/"),
  "environment: a password in a sentence": inEnvironment("      # the old password was CANARY"),
  "environment: JDBC": inEnvironment("      JDBC: jdbc:mysql://mysql/lake?user=x&password=CANARY"),
  "labels: basic auth": inService('    labels:\n      traefik.basicauth.users: "a:CANARY"'),
  "command: --db-pw value": inService("    command: run --db-pw CANARY"),
  "command: --db-pw=value": inService("    command: run --db-pw=CANARY"),
  "command: items": inService("    command: [run, --smtp-creds, CANARY]"),
  "command: mysql -p": inService("    command: [mysqladmin, -pCANARY]"),
  "build: args as a map": inService("    build:\n      context: .\n      args:\n        SEAT: CANARY"),
  "build: args as a list": inService("    build:\n      context: .\n      args:\n        - SEAT=CANARY"),
  "configs: content": atEnd("configs:\n  app:\n    content: |\n      seat = CANARY"),
  "x-: scalar": atEnd("x-seat: CANARY"),
  "x-: deep inside": atEnd("x-team:\n  seats:\n    - row: CANARY"),
  "x-: list": atEnd("x-team: [CANARY]"),
  "x-: environment that is merged": inCompose((text) =>
    text
      .replace("services:\n", "x-env: &env\n  SEAT: CANARY\nservices:\n")
      .replace("      LOGGING_DIR: /app/logs\n", "      <<: *env\n      LOGGING_DIR: /app/logs\n"),
  ),
  "x-: anchored, used as a setting": inCompose((text) =>
    text
      .replace("services:\n", "x-one: &one CANARY\nservices:\n")
      .replace("      LOGGING_DIR: /app/logs\n", "      LOGGING_DIR: /app/logs\n      SEAT: *one\n"),
  ),
  "shell: under another name": ofShell("BADGE", inEnvironment("      VISITOR: ${BADGE}")),
  "shell: in an image": ofShell(
    "MY_DB_PASSWORD",
    inCompose((text) =>
      text.replace("image: mysql:8", "image: registry.example.com/${MY_DB_PASSWORD}/mysql:8"),
    ),
  ),
  "shell: in a command": ofShell("BADGE", inService("    command: run ${BADGE}")),
  "shell: in .env": ofShell("BADGE", inEnv("SEAT=${BADGE}")),
  "container: a name that says nothing": inContainer("SEAT"),
  "container: another service": inContainer("SEAT", "mysql"),
  "container: DB_PW": inContainer("DB_PW"),
  "container: a URL": (world, canary) => inContainer("REPO")(world, `https://${canary}@git.example.com/`),
  "a value in the place of a key": inService("    CANARY: x"),
  "an alias without an anchor": inEnvironment("      ENCRYPTION_SECRET: *CANARY"),
  ".env: broken over two lines, letters alone": inEnv("ENCRYPTION_SECRET=QWERTZ\nCANARY"),
  ".env: behind a dollar sign at its beginning": inEnv("DB_PASSWORD=$CANARY"),
  "environment: behind a dollar sign at its beginning": inEnvironment("      SMTP_PASSWORD: $CANARY"),
  "command: curl -u": inService('    command: sh -c "curl -u admin:CANARY http://h/"'),
  "command: curl -uUSER": inService('    command: sh -c "curl -uadmin:CANARY http://h/"'),
  "command: curl --user, items": inService("    command: [curl, --user, 'admin:CANARY', http://h/]"),
  "command: sshpass": inService("    command: sshpass -p CANARY ssh h"),
  "command: redis-cli -a, items": inService("    command: [redis-cli, -a, CANARY, ping]"),
  "command: a header": inService(`    command: [curl, -H, "X-Team: CANARY", http://h/]`),
  "healthcheck: mysqladmin -p": inService(
    "    healthcheck:\n      test: [CMD-SHELL, mysqladmin ping -uroot -pCANARY]",
  ),
  "labels: a name that says nothing": inService("    labels:\n      com.example.note: CANARY"),
  "labels: in a list": inService('    labels: ["com.example.note=CANARY"]'),
  annotations: inService("    annotations: {com.example.note: CANARY}"),
  "logging: options": inService("    logging: {driver: gelf, options: {tag: x, note: CANARY}}"),
  "volumes: driver_opts": atEnd(
    'volumes:\n  share:\n    driver_opts:\n      device: "//bot:CANARY@nas/share"\n      o: "username=bot,credentials=CANARY"',
  ),
  "a flow map in a file that is no YAML": atEnd("x-seat: {row: CANARY}\nx-row: [CANARY]\nbad: [\n  y"),
  "a file that is no YAML": atEnd("services: [\n  SEAT: CANARY\n  CANARY"),
};
