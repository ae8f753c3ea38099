import { z } from "zod";
import type { EngineImage, MadeSettings, ProcessSettings } from "../../targets/local/ports/made-settings.ts";
import {
  endpointsOf,
  EndpointsSchema,
  HostConfigSchema,
  hostSettingsOf,
  portsOf,
} from "./docker-host-config.ts";
import { MountSchema, mountOf } from "./docker-mounts.ts";
import { number, textMap, texts, text } from "./docker-values.ts";

/** What containers and images both have in `Config`. */
const ProcessSchema = z.object({
  Cmd: texts,
  Entrypoint: z.array(z.string()).nullish(),
  User: text,
  WorkingDir: text,
  StopSignal: text,
  Env: texts,
  Labels: textMap,
  Healthcheck: z
    .object({
      Test: texts,
      Interval: number,
      Timeout: number,
      StartPeriod: number,
      StartInterval: number,
      Retries: number,
    })
    .nullish(),
  ExposedPorts: z.record(z.string(), z.unknown()).nullish(),
  Volumes: z.record(z.string(), z.unknown()).nullish(),
});

const MadeSchema = z.object({
  Image: text,
  Config: ProcessSchema.extend({
    Hostname: text,
    Domainname: text,
    MacAddress: text,
    Tty: z.boolean().default(false),
    OpenStdin: z.boolean().default(false),
    StopTimeout: z.number().nullish(),
  }),
  HostConfig: HostConfigSchema,
  NetworkSettings: z.object({ Networks: EndpointsSchema }),
  Mounts: z.array(MountSchema).nullish(),
});

/** undefined where the answer has another form than that of an engine that Compose of today can use. */
export function toMadeSettings(answer: unknown): MadeSettings | undefined {
  const parsed = MadeSchema.safeParse(answer);
  if (!parsed.success) return undefined;
  const { Image, Config, HostConfig, NetworkSettings, Mounts } = parsed.data;
  return {
    imageId: Image,
    ...processOf(Config),
    hostname: Config.Hostname,
    domainname: Config.Domainname,
    macAddress: Config.MacAddress,
    tty: Config.Tty,
    stdinOpen: Config.OpenStdin,
    stopTimeout: Config.StopTimeout ?? undefined,
    ...hostSettingsOf(HostConfig),
    mounts:
      Mounts === undefined
        ? undefined
        : (Mounts ?? []).map((mount) => mountOf(mount, HostConfig.Mounts ?? [])),
    endpoints: endpointsOf(NetworkSettings.Networks),
    ...portsOf(HostConfig.PortBindings),
  };
}

const ImageSchema = z.object({
  Id: z.string(),
  Os: text,
  Architecture: text,
  Variant: text,
  Config: ProcessSchema.nullish(),
});

export function toImage(answer: unknown): EngineImage {
  const { Id, Os, Architecture, Variant, Config } = ImageSchema.parse(answer);
  return {
    id: Id,
    os: Os,
    architecture: Architecture,
    variant: Variant,
    ...processOf(Config ?? ProcessSchema.parse({})),
  };
}

function processOf(config: z.infer<typeof ProcessSchema>): ProcessSettings {
  const { Healthcheck } = config;
  return {
    cmd: config.Cmd,
    entrypoint: config.Entrypoint ?? undefined,
    user: config.User,
    workingDir: config.WorkingDir,
    stopSignal: config.StopSignal,
    env: config.Env,
    labels: config.Labels,
    healthcheck: Healthcheck
      ? {
          test: Healthcheck.Test,
          interval: Healthcheck.Interval,
          timeout: Healthcheck.Timeout,
          startPeriod: Healthcheck.StartPeriod,
          startInterval: Healthcheck.StartInterval,
          retries: Healthcheck.Retries,
        }
      : undefined,
    exposed: Object.keys(config.ExposedPorts ?? {}),
    volumes: Object.keys(config.Volumes ?? {}),
  };
}
