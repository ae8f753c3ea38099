import { z } from "zod";
import { factKind, type FactKind } from "../../../core/fact.ts";
import { ContainerStateSchema, PublishedPortSchema } from "./fact-values.ts";

const text = z.string();

const SettingChangeSchema = z.strictObject({
  setting: text.describe("as the Compose file names it: `image`, `environment.TZ`, `volumes./var/lib/mysql`"),
  how: z
    .enum(["differs", "only_container", "only_files"])
    .describe("`only_container`: the files no longer have it; `only_files`: the container does not have it"),
  container: text
    .optional()
    .describe(
      "as the container has it, masked; of environment variables only what a DB_URL says of host and database",
    ),
  files: text
    .optional()
    .describe(
      "as the files want it, masked; of environment variables only what a DB_URL says of host and database",
    ),
});
/** One setting in which a container differs from what the files want now. */
export type SettingChange = z.infer<typeof SettingChangeSchema>;

const ServiceSettingSchema = z.strictObject({
  setting: text.describe("as the Compose file names it: `command`, `environment.TZ`, `privileged`"),
  value: text
    .optional()
    .describe(
      "masked; left out of environment variables that may be secrets, but for what a DB_URL says of host and database",
    ),
  unknown: z.literal(true).optional().describe("we do not know what Compose does with it"),
  masked: z.literal(true).optional().describe("it has a value that nobody is shown"),
});
/** One setting that Compose gives the container of a service when it creates it. */
export type ServiceSetting = z.infer<typeof ServiceSettingSchema>;

const ServiceImageSchema = z.strictObject({
  wanted: text.describe("as the files name it, masked"),
  present: z
    .boolean()
    .optional()
    .describe("whether the engine has an image of that name; left out when it did not say"),
  running: text
    .optional()
    .describe("the name that the container was made from; left out without a container"),
  moved: z
    .boolean()
    .optional()
    .describe("the wanted name is another image than the one that the container was made from"),
  wantedVersion: text.optional().describe("version that the wanted image names (label or environment)"),
  runningVersion: text.optional().describe("version that the container's image names"),
  isDigest: z.boolean().describe("whether the name holds a digest, so that it always means one image"),
});
export type ServiceImage = z.infer<typeof ServiceImageSchema>;

const ProjectObjectSchema = z.strictObject({
  name: text.describe("real name, such as devlake_default"),
  services: z.array(text).describe("services of the files that use it"),
  status: z
    .enum([
      "absent",
      "same",
      "differs",
      "unlabelled",
      "renamed",
      "external",
      "external_missing",
      "foreign",
      "forgotten",
    ])
    .describe(
      "`same`, `differs`: its config-hash label against that of the files; `unlabelled`: it has none, and Compose leaves it as it is; `renamed`: containers use one of another name under this key; `foreign`: it bears the name and is not of this project; `forgotten`: a volume of this project that neither the files name nor a container of it has",
    ),
});
/** A network or a volume of the files against the engine's, or one of this project that they no longer name. */
export type ProjectObject = z.infer<typeof ProjectObjectSchema>;

const LackingNetworkSchema = z.strictObject({
  network: text.describe("real name of the network"),
  id: text.describe("its id on the engine"),
  aliases: z.array(text).describe("names that others reach the container by, to be given again"),
  ipv4: text.optional().describe("fixed IPv4 address of the files"),
  ipv6: text.optional().describe("fixed IPv6 address of the files"),
});
export type LackingNetwork = z.infer<typeof LackingNetworkSchema>;

const UnnamedDataSchema = z.strictObject({
  path: text.describe("where it lies in the container"),
  kind: z
    .enum(["anonymous_volume", "container_layer"])
    .describe("`anonymous_volume`: a volume without a name; `container_layer`: in no volume at all"),
});
export type UnnamedData = z.infer<typeof UnnamedDataSchema>;

const ContainerSecretsSchema = z.strictObject({
  variables: z.array(text).describe("names of the environment variables that hold such a secret"),
  containers: z.array(text).describe("names of the containers that have it; gone with the last of them"),
});
/** Secrets that the same containers hold, and no file here; never their values. */
export type ContainerSecrets = z.infer<typeof ContainerSecretsSchema>;

const ContainerDataSchema = z.strictObject({
  container: text.describe("name of the container"),
  data: z.array(UnnamedDataSchema).describe("what it keeps, and where"),
});

const WaitSchema = z.strictObject({
  service: text.describe("service that is waited for"),
  condition: z.enum(["started", "healthy", "completed"]).describe("what it waits for"),
  restart: z.boolean().describe("Compose restarts the service when it recreates that one"),
  required: z.boolean().describe("whether it may not start without it"),
});
export type Wait = z.infer<typeof WaitSchema>;

const MadeFromSchema = z.discriminatedUnion("status", [
  z.strictObject({
    status: z.literal("these_files"),
    movedFrom: text
      .optional()
      .describe("directory that the containers' labels name and that is not on this machine any more"),
  }),
  z.strictObject({
    status: z.literal("other_files"),
    services: z.array(text).describe("services whose containers say so"),
    directory: text.optional().describe("directory that their labels name, where it is another"),
    files: z.array(text).optional().describe("Compose files that their labels name, where they are others"),
    envFiles: z.array(text).optional().describe("env files that their labels name, where they are others"),
  }),
]);
export type MadeFrom = z.infer<typeof MadeFromSchema>;

const SurplusContainerSchema = z.strictObject({
  name: text.describe("name of the container"),
  service: text.describe("service that its label names"),
  state: ContainerStateSchema.describe("state of the container"),
  kind: z
    .enum(["leftover", "surplus", "one_off"])
    .describe(
      "`leftover`: of a recreation that was cut off; `surplus`: more than the files want; `one_off`: of `compose run`",
    ),
});
export type SurplusContainer = z.infer<typeof SurplusContainerSchema>;

const VolumeUserSchema = z.strictObject({
  name: text.describe("name of the other container"),
  volume: text.describe("the volume, or the path on the engine's host"),
  project: text.optional().describe("Compose project of the other container"),
});
/** A container that runs on the volume of another one, and may write to it. */
export type VolumeUser = z.infer<typeof VolumeUserSchema>;

export const containerChanges = factKind(
  "local.container.{service}.changes",
  z.array(SettingChangeSchema),
  "settings in which the service's container differs from what the files want now, but for published ports; empty when there are none",
);
export const containerNotSeen = factKind(
  "local.container.{service}.not-seen",
  z.array(text),
  "settings of the files that could not be compared with the container; left out when there are none",
);
export const containerPublished = factKind(
  "local.container.{service}.published",
  z.array(PublishedPortSchema),
  "ports that the container was made to publish, with host address and protocol",
);
export const serviceSettings = factKind(
  "local.service.{service}.settings",
  z.array(ServiceSettingSchema),
  "every setting that Compose gives the service's container when it creates it, but for published ports",
);
export const serviceImage = factKind(
  "local.service.{service}.image",
  ServiceImageSchema,
  "the image that the files want, and whether it is the one that the container was made from; no registry is asked",
);
export const serviceWaits = factKind(
  "local.service.{service}.waits",
  z.array(WaitSchema),
  "what the service's start waits for, by `depends_on`",
);
export const serviceSharesNetworkOf = factKind(
  "local.service.{service}.shares-network-of",
  text,
  "service whose network namespace it uses (`network_mode: service:`); left out when it has its own",
);
export const projectNetworkStates = factKind(
  "local.project.network-states",
  z.array(ProjectObjectSchema),
  "the networks of the files against those of the engine",
);
export const projectVolumeStates = factKind(
  "local.project.volume-states",
  z.array(ProjectObjectSchema),
  "the volumes of the files against those of the engine",
);
export const containerNetworksLacking = factKind(
  "local.container.{service}.networks-lacking",
  z.array(LackingNetworkSchema),
  "networks that the container should be on and is not; left out when there are none",
);
export const containerVolumeUsers = factKind(
  "local.container.{service}.volume-users",
  z.array(VolumeUserSchema),
  "other containers, none of those that the files want, that run on a volume of the container and may write to it; left out when there are none",
);
export const containerOnlySecrets = factKind(
  "local.container.{service}.only-secrets",
  z.array(text),
  "environment variables of the container with a secret that no file here and no other container of this project holds; names only, left out when there are none",
);
export const containerUnnamedData = factKind(
  "local.container.{service}.unnamed-data",
  z.array(UnnamedDataSchema),
  "data of the container that no named volume or host directory holds, and that is lost from sight when it is recreated; left out when there is none",
);
export const containerSecrets = factKind(
  "local.project.container-secrets",
  z.array(ContainerSecretsSchema),
  "secrets that containers of this project hold and that are in no file here, nor saved for this user; names only, empty when there are none",
);
export const otherUnnamedData = factKind(
  "local.project.unnamed-data",
  z.array(ContainerDataSchema),
  "the same of containers beyond one per service; left out when there is none",
);
export const surplusContainers = factKind(
  "local.project.surplus-containers",
  z.array(SurplusContainerSchema),
  "containers of services beyond those that the files want; Compose removes some of them in any `up`",
);
export const madeFrom = factKind(
  "local.project.made-from",
  MadeFromSchema,
  "whether the containers were made from the files that are read here, by their labels",
);

export const composeEditDiffers = factKind(
  "local.compose.edit-differs",
  z.array(
    z.strictObject({
      service: text.describe("service whose published port would be moved"),
      places: z.array(text).describe("file and line where the two edits differ"),
    }),
  ),
  "services whose port cannot be moved as the masked files show it, because a masked value decides; left out when there are none",
);

export const changeFactKinds: readonly FactKind<unknown>[] = [
  containerChanges,
  containerNotSeen,
  containerPublished,
  serviceSettings,
  serviceImage,
  serviceWaits,
  serviceSharesNetworkOf,
  projectNetworkStates,
  projectVolumeStates,
  containerNetworksLacking,
  containerVolumeUsers,
  containerOnlySecrets,
  containerUnnamedData,
  containerSecrets,
  otherUnnamedData,
  surplusContainers,
  madeFrom,
  composeEditDiffers,
];
