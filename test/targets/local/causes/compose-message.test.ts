import { describe, expect, it } from "vitest";
import {
  maskComposeMessage,
  nothingKnown,
  type KnownToUs,
} from "../../../../src/targets/local/causes/compose-message.ts";
import { MASK } from "../../../../src/core/masking/redact.ts";

const known: KnownToUs = {
  names: new Set(["a", "devlake", "config-ui", "TAG", "DB_URL", "ENCRYPTION_SECRET", "mysql-storage"]),
  isPath: (path) => /^\/srv\/x(?:\/(?:\.env|docker-compose\.yml))?$/.test(path),
  isSecret: (word) => word === "admin",
};
const mask = (message: string): string => maskComposeMessage(message, known);

describe("what Compose quotes goes, by version", () => {
  it.each([
    // 2.26.1
    [
      'failed to read /srv/x/.env: line 2: unexpected character ";" in variable name "ENCRYPTION_SECRET;S3CRETVALUE"',
    ],
    ['failed to read /srv/x/.env: line 2: unexpected character "+" in variable name "S3CRETVALUE+/=xyz"'],
    [
      'failed to read /srv/x/.env: line 2: unexpected character "\\n" in variable name near "S3CRETVALUE\\nS=1"',
    ],
    ["failed to read /srv/x/.env: required variable x is missing a value: S3CRETVALUE"],
    [
      "failed to read /srv/x/.env: required variable x is missing a value: the secret database password S3CRETVALUE",
    ],
    ["yaml: unknown anchor 'S3CRETVALUE' referenced"],
    ["Invalid hostPort: S3CRETVALUE"],
    ["validating /srv/x/docker-compose.yml: services.devlake Additional property S3CRETVALUE is not allowed"],
    ["yaml: unmarshal errors:\n  line 1: cannot unmarshal !!str `S3CRETV...` into cli.named"],
    ["error decoding 'services[devlake].stop_grace_period': time: invalid duration \"S3CRETVALUE\""],
    ["error decoding 'services[devlake].mem_limit': invalid size: 'S3CRETVALUE'"],
    ['service "devlake" refers to undefined volume S3CRETVALUE: invalid compose project'],
    ['service "devlake" depends on undefined service "S3CRETVALUE": invalid compose project'],
    ["env file /srv/x/S3CRETVALUE not found: stat /srv/x/S3CRETVALUE: no such file or directory"],
    ['failed to cast to expected type: strconv.ParseBool: parsing "S3CRETVALUE": invalid syntax'],
    // 2.40.3
    [
      "validating /srv/x/docker-compose.yml: services.devlake additional properties 'S3CRETVALUE' not allowed",
    ],
    [
      'failed to parse /srv/x/docker-compose.yml: line 6: mapping key "S3CRETVALUE" already defined at line 5',
    ],
    // 5.5.0
    ["go-yaml load error in composer at L5.C26: unknown anchor 'S3CRETVALUE' referenced"],
    [
      "go-yaml load error in parser (while parsing S3CRETVALUE) at L2.C6-L3.C1: did not find expected S3CRETVALUE",
    ],
    ["invalid hostPort: S3CRETVALUE"],
    // docker-compose 1.29
    [
      'yaml.scanner.ScannerError: while scanning an alias\n  in "./docker-compose.yml", line 4, column 4\nS3CRETVALUE',
    ],
    // None that anybody knows.
    ["S3CRETVALUE"],
    [
      'something new: "S3CRETVALUE" (S3CRETVALUE), at S3CRETVALUE=1 `S3CRETVALUE` /S3CRETVALUE/x http://S3CRETVALUE/ {S3CRETVALUE}',
    ],
  ])("%s", (message) => {
    const masked = mask(message);

    expect(masked).not.toContain("S3CRET");
    expect(maskComposeMessage(message, nothingKnown)).not.toContain("S3CRET");
    expect(mask(masked)).toBe(masked);
  });
});

describe("what says where and what stays", () => {
  it.each([
    ["yaml: line 1: did not find expected key"],
    ['yaml: unmarshal errors:\nline 4: mapping key "a" already defined at line 2'],
    ["validating /srv/x/docker-compose.yml: services.a Additional property prots is not allowed"],
    ["validating /srv/x/docker-compose.yml: services.a additional properties 'prots' not allowed"],
    ["services.devlake.environment.[0]: unexpected type map[string]interface {}"],
    ["open /srv/x/docker-compose.yml: permission denied"],
    ["read /srv/x/.env: is a directory"],
    ["failed to read /srv/x/.env: read /srv/x/.env: is a directory"],
    ['service "config-ui" depends on undefined service "devlake": invalid compose project'],
    [
      "error while interpolating services.devlake.environment.DB_URL: required variable TAG is missing a value",
    ],
    [
      "go-yaml load error in parser (while parsing a block mapping) at L2.C6-L3.C1: did not find expected key",
    ],
    ["neither `docker compose` nor `docker-compose` runs"],
    ["PermissionError: [Errno 13] Permission denied: '/srv/x/docker-compose.yml'"],
  ])("%s", (message) => {
    expect(mask(message)).toBe(message);
  });
});

it("a known value goes though it is a common word, where it is quoted", () => {
  expect(mask('invalid boolean: "admin"')).not.toContain("admin");
  expect(mask('service "admin" depends on undefined service "a"')).toContain('service "admin"');
});

it("what is masked in a row is said once", () => {
  expect(mask("xqz jwk, vbn: qqq")).toBe(MASK);
});
