import { z } from "zod";
import type { MadeMount } from "../../targets/local/ports/made-settings.ts";
import { flag, number, text } from "./docker-values.ts";

/** A mount as the container has it. */
export const MountSchema = z.object({
  Type: z.string().default("bind"),
  Name: z.string().nullish(),
  Source: text,
  Destination: z.string(),
  Mode: text,
  RW: z.boolean().default(true),
  Propagation: text,
});

/** A mount as it was asked for, which alone says how large a tmpfs may grow. */
export const WishedMountSchema = z.object({
  Target: z.string(),
  VolumeOptions: z.object({ NoCopy: flag, Subpath: text }).nullish(),
  TmpfsOptions: z.object({ SizeBytes: number, Mode: number }).nullish(),
});

export function mountOf(
  mount: z.infer<typeof MountSchema>,
  wished: readonly z.infer<typeof WishedMountSchema>[],
): MadeMount {
  const wish = wished.find(({ Target }) => Target === mount.Destination);
  const mode = mount.Mode.split(",").filter((word) => word !== "");
  return {
    type: mount.Type,
    source: mount.Name ?? mount.Source,
    target: mount.Destination,
    readOnly: !mount.RW,
    propagation: mount.Propagation,
    mode,
    noCopy: wish?.VolumeOptions?.NoCopy === true || mode.includes("nocopy"),
    subpath: wish?.VolumeOptions?.Subpath ?? "",
    tmpfsSize: wish?.TmpfsOptions?.SizeBytes ?? 0,
    tmpfsMode: wish?.TmpfsOptions?.Mode ?? 0,
  };
}
