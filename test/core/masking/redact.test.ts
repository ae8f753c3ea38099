import * as fc from "../../seeded-fast-check.ts";
import { describe, expect, test } from "vitest";
import { createRedactor, isSecretName, MASK } from "../../../src/core/masking/redact.ts";
import { isPlainWord } from "../../../src/core/masking/plain-words.ts";
import { cpuMs } from "../../cpu-time.ts";

const redact = createRedactor([]);

describe("forms of credentials", () => {
  // Made-up values of the real shapes.
  // Nothing: it only parts what would look like a real token.
  const glue = "";
  const hex40 = "0123456789abcdef0123456789abcdef01234567";
  const cases: Readonly<Record<string, readonly [text: string, secret: string]>> = {
    "URL password": ["dial mysql://merico:hunter2@mysql:3306/lake", "hunter2"],
    "URL password with @ and /": ["mysql://merico:p@ss/w0rd@mysql:3306/lake?x=1", "ss/w0rd"],
    "URL token as user": ["https://abcdefghij0123456789@git.example.com/x.git", "abcdefghij0123456789"],
    "Go DSN": ["merico:hun:ter/2@tcp(mysql:3306)/lake", "hun:ter/2"],
    "Go DSN, weak": ["root:admin@tcp(mysql:3306)/", "admin"],
    "DB_URL that DevLake does not know": ["panic: invalid DB_URL:foo:merico:hunter2@mysql", "hunter2"],
    "URL that Go cannot parse, up to the # in its password": [
      'panic: parse "mysql://merico:hunter": invalid port ":hunter" after host',
      "hunter",
    ],
    "the same inside a log message": [
      String.raw`msg="parse \"mysql://merico:hunter\": invalid port \":hunter\" after host"`,
      "hunter",
    ],
    "the part of a password that is no escape": ['Wraps: (3) invalid URL escape "%hu"', "hu"],
    "the part of a password that is no port": ['Wraps: (3) invalid port ":hunter" after host', "hunter"],
    "GitHub token": [`using gh${glue}p_${hex40.slice(0, 36)}`, hex40.slice(0, 36)],
    "GitHub fine-grained token": [
      `github${glue}_pat_11ABCDEFG0abcdefghijklmnop`,
      "11ABCDEFG0abcdefghijklmnop",
    ],
    "GitLab token": [`glpat${glue}-abcdefghij0123456789`, "abcdefghij0123456789"],
    "SonarQube token": [`squ${glue}_${hex40}`, hex40],
    "SonarQube project token": [`sqp${glue}_${hex40}`, hex40],
    "Azure DevOps token": [
      `pat is ${"abcdefghijklmnopqrstuvwxyz234567".repeat(2).slice(0, 52)}.`,
      "abcdefghijklmnopqrstuvwxyz234567",
    ],
    "Azure DevOps token, new": [`${"A1b2".repeat(19)}AZDO1a2b`, "A1b2A1b2"],
    "Jira token": [`ATATT3${glue}xFfGF0abcdefghij0123`, "xFfGF0abcdefghij"],
    "Slack webhook": ["https://hooks.slack.com/services/T000/B000/XXXXXXXX", "XXXXXXXX"],
    "AWS key id": [`AKIA${glue}IOSFODNN7EXAMPLE`, "IOSFODNN7EXAMPLE"],
    "opaque bearer": ["Authorization: Bearer abcdef123456", "abcdef123456"],
    basic: ["authorization: Basic bWVyaWNvOm1lcmljbw==", "bWVyaWNvOm1lcmljbw"],
    "private token header": ["PRIVATE-TOKEN: abcd1234", "abcd1234"],
    JWT: [`token ${glue}eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl`, "hbGciOiJIUzI1NiJ9"],
    "private key": ["-----BEGIN RSA PRIVATE KEY-----\nMIIabc\n-----END RSA PRIVATE KEY-----", "MIIabc"],
    "private key, cut off": ["-----BEGIN PRIVATE KEY-----\nMIIabc", "MIIabc"],
    assignment: ["MYSQL_ROOT_PASSWORD=admin", "admin"],
    "assignment of a short name": ["ADMIN_PASS=x1", "x1"],
    "assignment with blanks": ['encryption_secret = "two words"', "words"],
    "assignment in single quotes": ["password='a b'", "a b"],
    "assignment, quote never closed": ['secret: "abc', "abc"],
    "assignment with a bracket in it": ["password=ab)cd", "cd"],
    "default of a reference": ["PASSWORD: ${DB_PASSWORD:-hunter2}", "hunter2"],
    JSON: ['{"apiKey":"abc123"}', "abc123"],
    "JSON inside a log message": [String.raw`msg="{\"token\":\"abc def\",\"x\":1}"`, "abc def"],
    "flag of mysql": ["mysqldump -uroot -phunter2 lake", "hunter2"],
    SQL: ["CREATE USER merico IDENTIFIED BY 'hunter2'", "hunter2"],
    "signature of a storage URL": [
      "https://x.blob.core.windows.net/a?sv=1&sig=abcd%2Fefgh%3D",
      "abcd%2Fefgh",
    ],
    "account key": ["AccountName=a;AccountKey=abcd+/ef==;", "abcd+/ef"],
  };
  test.each(Object.entries(cases))("%s", (_name, [text, secret]) => {
    const masked = redact(text);

    expect(masked).not.toContain(secret);
    expect(masked).toContain(MASK);
    expect(redact(masked)).toBe(masked);
  });
});

describe("what has to stay readable", () => {
  test.each([
    "Error 1045 (28000): Access denied for user 'merico'@'172.18.0.5' (using password: YES)",
    "panic: ENCRYPTION_SECRET must be set in environment variable or .env file",
    "panic: invalid encryptionSecret; invalid encryptionSecret (500)",
    "driver failed programming external connectivity on endpoint devlake-devlake-1 (0a1b): Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
    "GF_SERVER_ROOT_URL=http://localhost:4000/grafana",
    "http://localhost:8080/api?mail=ann@example.com",
    "image: devlake.docker.scarf.sh/apache/devlake:v1.0.2@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
    "PASSWORD: ${DB_PASSWORD}",
    "PASSWORD=$DB_PASSWORD",
    "the token is missing",
    "mysql://merico@mysql:3306/lake",
    "/usr/sbin/mysqld: ready for connections. Version: '8.4.5'  socket: '/var/run/mysqld/mysqld.sock'  port: 3306",
  ])("%s", (line) => {
    expect(redact(line)).toBe(line);
  });
});

describe("known secrets", () => {
  const secret = "CANARY p@ss/w0rd+$1'\"<é>";
  const known = createRedactor([secret]);
  const forms: Readonly<Record<string, string>> = {
    plain: secret,
    URI: encodeURIComponent(secret),
    "URI, lower case": encodeURIComponent(secret).replaceAll(/%../g, (escape) => escape.toLowerCase()),
    form: encodeURIComponent(secret).replaceAll("%20", "+"),
    JSON: JSON.stringify(secret).slice(1, -1),
    "Compose, with its dollars doubled": secret.replaceAll("$", "$$$$"),
    "YAML in single quotes": secret.replaceAll("'", "''"),
    base64: Buffer.from(secret).toString("base64"),
    base64url: Buffer.from(secret).toString("base64url"),
    hex: Buffer.from(secret).toString("hex"),
    "hex, upper case": Buffer.from(secret).toString("hex").toUpperCase(),
  };
  test.each(Object.entries(forms))("as %s", (_name, form) => {
    expect(known(`before ${form} after`)).toBe(`before ${MASK} after`);
  });

  test.each(["x", "xy", "xyz", "user:"])("inside base64 of a longer text, behind %j", (prefix) => {
    const masked = known(Buffer.from(`${prefix}${secret}${prefix}`).toString("base64"));

    // What is left are the neighbours and at most one character at each seam.
    expect(masked.replace(MASK, "").length).toBeLessThanOrEqual(2 * Math.ceil((prefix.length * 4) / 3) + 6);
    expect(masked).toContain(MASK);
  });

  test("each line of one with several lines", () => {
    const lines = createRedactor(["first-line\nsecond-line"]);

    expect(lines("got second-line and first-line")).toBe(`got ${MASK} and ${MASK}`);
  });

  test("one that is a common word or a public default garbles nothing", () => {
    const text = "devlake.docker.scarf.sh/apache/devlake with password admin";

    expect(createRedactor(["apache", "password", "admin", "merico", "true", "8080"])(text)).toBe(text);
  });

  test("a short one is masked only where it stands alone", () => {
    expect(createRedactor(["abc123"])("abc123 xabc123 abc123,")).toBe(`${MASK} xabc123 ${MASK},`);
  });

  test("a longer one goes first, whatever the order given", () => {
    expect(createRedactor(["secret-a", "secret-a-and-b"])("secret-a-and-b")).toBe(MASK);
  });

  test("whatever it is, it is gone from whatever surrounds it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 9, maxLength: 60 }), fc.string(), fc.string(), (value, a, b) => {
        fc.pre(!MASK.includes(value) && !isPlainWord(value) && !a.includes(value) && !b.includes(value));
        const masked = createRedactor([value])(`${a} ${value} ${b}`);

        expect(masked).not.toContain(` ${value} `);
      }),
    );
  });
});

describe("hostile lines", () => {
  const units = [
    ..."a,0,:,/,@,=,.,-,_, ,\t,\\,\",',$,{,}".split(","),
    "a.",
    "a:",
    "a@",
    "://",
    "://:",
    "://a:",
    "a://",
    "://a:b@",
    "password",
    "password ",
    "password:",
    "password=",
    "password=\\",
    'password="',
    "password='",
    "password:${",
    "password:(",
    "secret_",
    "eyJ",
    "eyJ-",
    "eyJaaaaaaaaa.",
    "-----BEGIN PRIVATE KEY-----",
    "-----BEGIN A",
    "mysql ",
    "mysql -",
    "mysql -p",
    "bearer ",
    "basic a",
    "ghp_",
    "sk-",
    "?sig=",
    "identified by '",
    "authorization: ",
    "AT",
    "0a",
    "abcdefgh234567",
    "hooks.slack.com/services/",
    "invalid DB_URL:",
    "AKIA",
    '\\"',
    'token:\\"',
  ];
  test.each([2, 16, 64])("%i KiB take less than 50 ms", (kibibytes) => {
    const length = kibibytes * 1024;
    const slow: string[] = [];
    for (const unit of units) {
      for (const tail of ["", "!", '"x', "@tcp("]) {
        const line = unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + tail;
        const ms = cpuMs(() => redact(line));
        if (ms > 50) slow.push(`${JSON.stringify(unit)} ${ms} ms`);
      }
    }

    expect(slow).toEqual([]);
  });
});

test("names that say their values are secret", () => {
  const secret =
    "MYSQL_PASSWORD ENCRYPTION_SECRET ENCODE_KEY GITHUB_PAT ADMIN_PASS API_KEY MYSQL_PWD SESSION_SALT DB_DSN SLACK_WEBHOOK AZURE_SAS";
  const open =
    "PORT MODE GF_SERVER_ROOT_URL DEVLAKE_ENDPOINT TZ LOGGING_DIR MYSQL_URL MYSQL_USER PATH DEVLAKE_PORT TAG COMPOSE_PROJECT_NAME";

  expect(secret.split(" ").filter((name) => !isSecretName(name))).toEqual([]);
  expect(open.split(" ").filter((name) => isSecretName(name))).toEqual([]);
});

describe("of what nobody set here", () => {
  test.each([
    ["using password zq9xw123", "using password <redacted>"],
    ["the token is `zq9xw123`", "the token is `<redacted>`"],
    ["auth=zq9xw123 sessionid=zq9xw123", "auth=<redacted> sessionid=<redacted>"],
    ["Set-Cookie: s=zq9xw123; path=/", "Set-Cookie: <redacted>"],
    ["dial bot:zq9xw123@mysql:3306", "dial bot:<redacted>@mysql:3306"],
    ["mount //bot:zq9xw123@nas/share", "mount //<redacted>@nas/share"],
    ["q=password%3Dzq9xw123%26a", "q=password%3D<redacted>%26a"],
    ["<password>zq9xw123</password>", "<password><redacted></password>"],
    ["curl -u bot:zq9xw123 http://h/", "curl -u bot:<redacted> http://h/"],
    ["curl -H 'X-Team: zq9xw123' h", "curl -H 'X-Team: <redacted>' h"],
    ["redis-cli -h redis -a zq9xw123 ping", "redis-cli -h redis -a <redacted> ping"],
  ])("%s is shown as %s", (text, shown) => {
    expect(redact(text)).toBe(shown);
  });

  test.each([
    "the password is wrong, the token has expired",
    "image mysql:8@sha256:1234567890123456789012345678901234567890123456789012345678901234",
    "docker run --user 1000:1000 -u grafana:grafana x",
    "auth=true session: closed",
    "curl -H 'Accept: application/json' http://localhost:8080/ping",
  ])("a sentence stays: %s", (text) => {
    expect(redact(text)).toBe(text);
  });

  test("case is no disguise", () => {
    const known = createRedactor(["Kanari7vogel_im_Schacht"]);

    expect(known("HOST KANARI7VOGEL_IM_SCHACHT, kanari7vogel_im_schacht")).toBe(
      "HOST <redacted>, <redacted>",
    );
  });
});
