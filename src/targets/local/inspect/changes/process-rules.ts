import type { EngineImage, MadeHealthcheck } from "../../ports/made-settings.ts";
import { durationText, nanosecondsOf } from "./durations.ts";
import {
  flagOf,
  flagRule,
  numberOf,
  objectOf,
  onlyKeys,
  scalarRule,
  textOf,
  textsOf,
  value,
  type Printed,
  type SettingRule,
  type Settings,
} from "./setting.ts";

const words = (key: string, list: readonly string[]): Settings =>
  list.length === 0 ? [] : [[key, value(list, list.map(shownWord).join(" "))]];

function shownWord(word: string): string {
  return /^[^\s"']+$/.test(word) ? word : JSON.stringify(word);
}

/** `[""]` is what docker's command line makes of an entrypoint that is taken away. */
function isNone(entrypoint: readonly string[]): boolean {
  return entrypoint.every((word) => word === "");
}

/**
 * An entrypoint of the files takes the image's command away too, but for an empty one, behind which an image's
 * command stays (moby `runconfig` and `daemon/commit.go` `merge`; seen with 26.1 and 28.5).
 */
const commandRule: SettingRule = {
  keys: ["command", "entrypoint"],
  wanted: (service, _about, image) => {
    const [command, entrypoint] = [given(service, "command"), given(service, "entrypoint")];
    const cmd = command?.length ? command : entrypoint?.length ? [] : (image?.cmd ?? []);
    const start = entrypoint ?? image?.entrypoint ?? [];
    return [...words("command", cmd), ...words("entrypoint", isNone(start) ? [] : start)];
  },
  made: ({ cmd, entrypoint = [] }) => [
    ...words("command", cmd),
    ...words("entrypoint", isNone(entrypoint) ? [] : entrypoint),
  ],
};

function given(service: Printed, key: string): readonly string[] | undefined {
  const json = service[key];
  return json === undefined || json === null ? undefined : textsOf(json);
}

const healthRule: SettingRule = {
  keys: ["healthcheck"],
  wanted: (service, _about, image) => {
    const check = onlyKeys(objectOf(service["healthcheck"]), healthKeys);
    if (Object.keys(check).length === 0) return health(image?.healthcheck);
    if (flagOf(check["disable"]) === true) return health(disabled);
    const time = (key: string): number => nanosecondsOf(textOf(check[key]) ?? "");
    return health(
      overImage(
        {
          test: testOf(check),
          interval: time("interval"),
          timeout: time("timeout"),
          startPeriod: time("start_period"),
          startInterval: time("start_interval"),
          retries: numberOf(check["retries"]) ?? 0,
        },
        image,
      ),
    );
  },
  made: ({ healthcheck }) => health(healthcheck),
};

const healthKeys = ["test", "interval", "timeout", "retries", "start_period", "start_interval", "disable"];

const disabled: MadeHealthcheck = {
  test: ["NONE"],
  interval: 0,
  timeout: 0,
  startPeriod: 0,
  startInterval: 0,
  retries: 0,
};

/** A text is run by a shell. */
function testOf(check: Printed): readonly string[] {
  const { test } = check;
  return typeof test === "string" ? ["CMD-SHELL", test] : textsOf(test);
}

/** What the files leave out of theirs comes from the image's (moby `merge`). */
function overImage(check: MadeHealthcheck, image: EngineImage | undefined): MadeHealthcheck {
  const base = image?.healthcheck;
  if (base === undefined) return check;
  return {
    test: check.test.length === 0 ? base.test : check.test,
    interval: check.interval || base.interval,
    timeout: check.timeout || base.timeout,
    startPeriod: check.startPeriod || base.startPeriod,
    startInterval: check.startInterval || base.startInterval,
    retries: check.retries || base.retries,
  };
}

function health(check: MadeHealthcheck | undefined): Settings {
  if (check === undefined) return [];
  const { test, interval, timeout, startPeriod, startInterval, retries } = check;
  if (test[0] === "NONE") return [["healthcheck", value("none", "none")]];
  const times = Object.entries({
    interval,
    timeout,
    start_period: startPeriod,
    start_interval: startInterval,
  }).map(([name, time]): Settings[number] | undefined =>
    time === 0 ? undefined : [`healthcheck.${name}`, value(time, durationText(time))],
  );
  return [
    ...(test.length === 0 ? [] : words("healthcheck.test", test)),
    ...times.filter((time) => time !== undefined),
    ...(retries === 0 ? [] : [["healthcheck.retries", value(retries, String(retries))] as const]),
  ];
}

const seconds = (json: Parameters<typeof textOf>[0]): string | undefined => {
  const text = textOf(json);
  return text === undefined ? undefined : `${Math.floor(nanosecondsOf(text) / 1e9)}s`;
};

/** Tried with Compose 2.26 and 2.40; `init` may also be switched on for the whole engine. */
export const processRules: readonly SettingRule[] = [
  commandRule,
  scalarRule("user", ({ user }) => user, { image: ({ user }) => user }),
  scalarRule("working_dir", ({ workingDir }) => directory(workingDir), {
    read: (json) => directory(textOf(json) ?? "") || undefined,
    image: ({ workingDir }) => directory(workingDir),
  }),
  scalarRule("stop_signal", ({ stopSignal }) => stopSignal, { image: ({ stopSignal }) => stopSignal }),
  scalarRule(
    "stop_grace_period",
    ({ stopTimeout }) => (stopTimeout === undefined ? undefined : `${stopTimeout}s`),
    {
      read: seconds,
    },
  ),
  flagRule("tty", ({ tty }) => tty),
  flagRule("stdin_open", ({ stdinOpen }) => stdinOpen),
  flagRule("init", ({ init }) => init === true),
  scalarRule("domainname", ({ domainname }) => domainname),
  scalarRule("hostname", (made, about) => hostnameOf(made, about)),
  healthRule,
];

function directory(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, "") : path;
}

/** Without one of the files it is the beginning of the id, or comes with a namespace that is somebody else's. */
function hostnameOf(
  { hostname, uts }: { readonly hostname: string; readonly uts: string },
  { id, networkMode }: { readonly id: string; readonly networkMode: string },
): string | undefined {
  const isOthers = uts === "host" || networkMode === "host" || networkMode.startsWith("container:");
  return isOthers || id.startsWith(hostname) ? undefined : hostname;
}
