/** Said of every kind of database server. */
export const OTHER_SERVER = {
  cause: "another database server works on the same files",
  nextSteps: [
    "find it and stop it: `docker ps --filter volume=VOLUME` names the containers that use the volume",
  ],
} as const;

export const OTHER_VOLUME_MOUNTED =
  "an empty volume where there was data means that another one is mounted: `docker volume ls` shows all";
