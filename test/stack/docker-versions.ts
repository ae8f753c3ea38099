import type { Deployment } from "./deployment.ts";

/** What a test expects, by the engine's major version. */
export type ByEngine<T> = Readonly<Record<number, T>>;

/**
 * What is expected of this deployment's engine, where its texts differ by version. Fails on a version that nobody
 * has looked at, rather than to expect of it what another one does.
 */
export async function ofEngine<T>(d: Deployment, expected: ByEngine<T>): Promise<T> {
  const { stdout, stderr } = await d.docker("version", "--format", "{{.Server.Version}}");
  const known = expected[Number(/^(\d+)\./.exec(stdout)?.[1])];
  if (known !== undefined) return known;
  const versions = Object.keys(expected).join(" and ");
  throw new Error(
    `this test knows Engine ${versions}, and met "${stdout || stderr}": look at what that one says, and add it here`,
  );
}
