import type { ContainerDetails, DockerReader } from "../ports/docker.ts";

/** The details of these containers; one that was removed since they were listed is left out. */
export async function inspectEach(
  docker: DockerReader,
  containers: readonly { readonly id: string }[],
): Promise<readonly ContainerDetails[]> {
  const found = await Promise.all(
    containers.map(async ({ id }) => {
      try {
        return await docker.inspect(id);
      } catch (thrown) {
        if (thrown instanceof Error && "failure" in thrown && thrown.failure === "not_found")
          return undefined;
        throw thrown;
      }
    }),
  );
  return found.filter((container) => container !== undefined);
}
