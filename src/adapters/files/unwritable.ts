import { errnoCode, errorText, RepairError } from "../../core/errors.ts";

/** In place of a file. */
export const IS_DIRECTORY = [
  "it is a directory",
  "Docker makes a directory of a missing file that is bind-mounted: remove it",
] as const;

/** What a failed write means for the person; the old file is whole in every case. */
export function unwritable(path: string, cause: unknown): RepairError {
  const code = errnoCode(cause) ?? "";
  const [reason, hint] = reasonsByCode[code] ?? [
    errorText(cause),
    "put the cause right, then run this again",
  ];
  return new RepairError("file_unwritable", `cannot write ${path}: ${reason}; it is as it was`, {
    hint,
    cause,
  });
}

/** As above for what stands at the path instead of a file: an errno code, or `""` for a device or pipe. */
export function notReplaceable(path: string, code: "ELOOP" | "EISDIR" | ""): RepairError {
  const cause = Object.assign(new Error("it is not a regular file"), { code });
  return unwritable(path, cause);
}

const permission = ["permission denied", "run as the owner of the directory, or make it writable"] as const;
const noSpace = ["no space left on its disk", "free some disk space, then run this again"] as const;
const link = ["it is a symbolic link", "edit the file that it leads to by hand"] as const;

const reasonsByCode: Readonly<Record<string, readonly [reason: string, hint: string]>> = {
  EACCES: permission,
  EPERM: permission,
  ENOSPC: noSpace,
  EDQUOT: ["the disk quota is used up", noSpace[1]],
  EROFS: [
    "its file system is read-only",
    "mount it writable, or copy the deployment to a writable directory",
  ],
  EISDIR: IS_DIRECTORY,
  ENOENT: ["its directory does not exist", "check the name and the directory"],
  ENOTDIR: ["a part of its path is not a directory", "check the name and the directory"],
  // open(2) with O_NOFOLLOW; FreeBSD says EMLINK.
  ELOOP: link,
  EMLINK: link,
  EBUSY: ["another program holds it open", "close that program, then run this again"],
  EFBIG: ["it would be larger than the file system allows", "choose another disk"],
};
