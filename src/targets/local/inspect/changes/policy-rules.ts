import {
  mapOf,
  mapRule,
  numberOf,
  objectOf,
  onlyKeys,
  textOf,
  value,
  type MadeAbout,
  type SettingRule,
  type Settings,
} from "./setting.ts";

const conditions: Readonly<Record<string, string>> = { none: "no", any: "always", "": "no" };

/** `deploy` counts over `restart` (Compose `getRestartPolicy`). */
const restartRule: SettingRule = {
  keys: ["restart", "deploy"],
  wanted: (service) => {
    const deployed = objectOf(service["deploy"])["restart_policy"];
    if (deployed !== undefined && deployed !== null) {
      const policy = objectOf(deployed);
      return restart(textOf(policy["condition"]) ?? "", numberOf(policy["max_attempts"]) ?? 0);
    }
    const [name = "", retries = "0"] = (textOf(service["restart"]) ?? "").split(":");
    return restart(name, Number(retries));
  },
  made: ({ restart: { name, retries } }) => restart(name, retries),
};

function restart(condition: string, retries: number): Settings {
  const name = conditions[condition] ?? condition;
  const text = retries > 0 ? `${name}:${retries}` : name;
  return [["restart", value(text, text)]];
}

/** A driver that is left out is the engine's (`json-file`, where nobody set another). */
const loggingRule: SettingRule = {
  keys: ["logging"],
  wanted: (service) => {
    const logging = onlyKeys(objectOf(service["logging"]), ["driver", "options"]);
    return Object.keys(logging).length === 0
      ? []
      : log(textOf(logging["driver"]) ?? "", mapOf(logging["options"]));
  },
  made: ({ logging: { driver, options } }) => log(driver, options),
};

function log(driver: string, options: Readonly<Record<string, string>>): Settings {
  return [
    ...(driver === "" ? [] : [["logging.driver", value(driver, driver)] as const]),
    ...Object.entries(options).map(([name, text]) => [`logging.${name}`, value(text, text)] as const),
  ];
}

/** Without a name of its own it is one of Compose's: `PROJECT-SERVICE-1`, with `_` in 1.x and with `--compatibility`. */
const nameRule: SettingRule = {
  keys: ["container_name"],
  wanted: (service) => named(textOf(service["container_name"])),
  made: (_made, about) => named(isByCompose(about) ? undefined : about.name),
};

function named(name: string | undefined): Settings {
  return name === undefined ? [] : [["container_name", value(name, name)]];
}

function isByCompose({ name, project, service }: MadeAbout): boolean {
  const rest = name.replace(/^[0-9a-f]{12}_/, "");
  return ["-", "_"].some((sign) => {
    const head = [project, service, ""].join(sign);
    return rest.startsWith(head) && /^\d+$/.test(rest.slice(head.length));
  });
}

/** Tried with Compose 2.26 and 2.40. */
export const policyRules: readonly SettingRule[] = [
  restartRule,
  loggingRule,
  nameRule,
  mapRule("annotations", ({ annotations }) => annotations),
];
