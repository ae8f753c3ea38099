import { expect, test } from "vitest";
import { databasePlace } from "../../../../src/targets/local/facts/database-place.ts";

test.each([
  ["mysql://merico:canary@mysql:3306/lake?charset=utf8mb4", "database lake on mysql:3306"],
  ["postgresql://merico:canary@db.internal/lake-2", "database lake-2 on db.internal"],
  ["merico:canary@tcp(mysql:3306)/lake?parseTime=True", "database lake on mysql:3306"],
  ["mysql://merico:can@ary@mysql:3306/lake", "database lake on mysql:3306"],
  ["mysql://merico:can/ary@mysql:3306/lake", "database lake on mysql:3306"],
  ["mysql://mysql:3306/lake", "database lake on mysql:3306"],
  ["mysql://merico:canary@mysql:3306/", undefined],
  ["mysql://merico:1234/canary@mysql", undefined],
  ["mysql://merico:canary@mysql/lake/canary", undefined],
  ["https://user:canary@example.org/lake", "database lake on example.org"],
  ["canary", undefined],
  ["", undefined],
])("of %s it may be said: %s", (url, place) => {
  expect(databasePlace(url)).toBe(place);
});
