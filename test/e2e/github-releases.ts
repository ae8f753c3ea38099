import { once } from "node:events";
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { createServer } from "node:http";
import { arch, platform } from "node:process";

/** What GitHub's API answers about the releases of one repository, on a socket that only gh is told of. */
export interface GithubReleases extends AsyncDisposable {
  /** Each as `GET /path`, in order. */
  readonly asked: readonly string[];
}

/** As the Go extension's releases name their binaries: `linux-amd64`. */
const system = `${platform}-${arch === "x64" ? "amd64" : arch}`;
const repository = "/repos/DevExpGBB/gh-devlake";

/**
 * A double of GitHub's API with one release, `tag`, whose binary is `program`. gh goes to the socket instead
 * of the network when its setting `http_unix_socket` says so, and speaks plain HTTP there.
 */
export async function serveReleases(socket: string, tag: string, program: string): Promise<GithubReleases> {
  const asked: string[] = [];
  const { size } = await stat(program);
  const asset = {
    id: 1,
    name: `gh-devlake_${tag}_${system}`,
    url: `https://api.github.com${repository}/releases/assets/1`,
    size,
    state: "uploaded",
  };
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.url === `${repository}/releases/latest`) {
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ id: 1, tag_name: tag, name: tag, draft: false, assets: [asset] }));
    } else if (request.url === `${repository}/releases/assets/1`) {
      response.setHeader("content-type", "application/octet-stream");
      createReadStream(program).pipe(response);
    } else {
      response.statusCode = 404;
      response.end('{"message":"Not Found"}');
    }
  });
  server.listen(socket);
  await once(server, "listening");
  return {
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
