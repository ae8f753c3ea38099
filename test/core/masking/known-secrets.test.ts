import { describe, expect, it, test } from "vitest";
import { knownSecretsOf, type Setting } from "../../../src/core/masking/known-secrets.ts";
import { createRedactor, MASK } from "../../../src/core/masking/redact.ts";

function redactorOf(settings: readonly Setting[], names: readonly string[] = []) {
  return createRedactor(knownSecretsOf(settings, new Set(names)));
}

describe("a value that stands for other things too is masked behind its name only", () => {
  it.each<[string, Setting, readonly string[]]>([
    ["short", ["TEAM_SEAT", "abc123"], []],
    ["the name of a database", ["TEAM_SEAT", "lake-data"], ["lake-data"]],
    ["a part of a name", ["TEAM_SEAT", "platform"], ["platform-devlake_mysql-storage"]],
    ["a common word", ["TEAM_SEAT", "blueprints"], []],
    ["a public default", ["TEAM_SEAT", "merico"], []],
    ["a sentence", ["TEAM_SEAT", "Access denied for user"], []],
  ])("%s", (_why, [name, value], names) => {
    const redact = redactorOf([[name, value]], names);

    expect(redact(`Unknown ${value} in ${value}-1: ${value}`)).toBe(
      `Unknown ${value} in ${value}-1: ${value}`,
    );
    for (const form of [
      `${name}=${value}`,
      `${name}: ${value}`,
      `"${name}": "${value}"`,
      `{\\"${name}\\":\\"${value}\\"}`,
      `--team-seat ${value}`,
      `--team-seat=${value}`,
      `["--team_seat", "${value}"]`,
      `a=1 ${name}='${value}' b=2 ${name}=${value}`,
    ])
      expect(redact(form)).toBe(form.replaceAll(value, MASK));
    expect(redact(`${name}=${value}more ${name}=other`)).toBe(`${name}=${value}more ${name}=other`);
  });
});

describe("what is 8 characters and more and no word is masked anywhere", () => {
  it.each<[Setting, string]>([
    [["TEAM_SEAT", "row12seat"], "row12seat"],
    [["REPO", "https://tok3n-of-bot@git.example.com/x"], "tok3n-of-bot"],
    [["DB_URL", "mysql://merico:p%40ssw0rd1@mysql/lake"], "p@ssw0rd1"],
    [["HOOK", "https://hooks.example.com/services/T0/B0/abcdefgh12"], "abcdefgh12"],
    [["SEAT", '{"pin":"12345-67890"}'], "12345-67890"],
    [["CONTENT", "seat = abcdefgh12\nport = 8080"], "abcdefgh12"],
  ])("%s", ([name, value], said) => {
    const redact = redactorOf([[name, value]]);

    expect(redact(`it is x${said}x`)).toBe(`it is x${MASK}x`);
  });
});

test("what is harmless is not masked at all", () => {
  const redact = redactorOf([
    ["TZ", "Europe/Zurich"],
    ["GF_SERVER_ROOT_URL", "http://localhost:4000/grafana"],
    ["LOGGING_DIR", "/app/logs"],
    ["DB_URL", "mysql://merico@mysql:3306/lake?charset=utf8mb4"],
  ]);
  const text =
    "Europe/Zurich http://localhost:4000/grafana /app/logs mysql:3306 lake utf8mb4 TZ=Europe/Zurich";

  expect(redact(text)).toBe(text);
});
