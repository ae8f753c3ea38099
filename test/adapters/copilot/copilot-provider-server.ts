import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What the runtime asked: one POST to a provider that speaks the protocol of OpenAI's chat completions. */
export interface ProviderRequest {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  /** As it came over the wire. */
  readonly text: string;
  readonly body: ChatBody;
}

interface ChatBody {
  readonly model?: string;
  readonly messages?: readonly { readonly role: string; readonly content?: unknown }[];
  readonly tools?: readonly { readonly function: { readonly name: string; readonly parameters: unknown } }[];
}

export interface ToolCall {
  readonly name: string;
  /** An object, or a string that is sent as it is. */
  readonly args: unknown;
}

/** An answer of the model, or what the server does instead of one. */
export type Answer =
  | { readonly say: string }
  | { readonly call: readonly ToolCall[] }
  | { readonly reply: (response: ServerResponse) => void };

export type Script = (request: ProviderRequest, index: number) => Answer;

export interface ProviderServer {
  readonly baseUrl: string;
  readonly requests: readonly ProviderRequest[];
  readonly close: () => Promise<void>;
}

export const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** Starts a provider on a free port of this machine that answers as the script says. */
export async function startProvider(script: Script): Promise<ProviderServer> {
  const requests: ProviderRequest[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((incoming, response) => {
    void receive(incoming, response);
  });
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const text = await bodyOf(incoming);
    const request = { url: incoming.url ?? "", headers: incoming.headers, text, body: parsed(text) };
    requests.push(request);
    answer(script(request, requests.length - 1), requests.length, response);
  };
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    // A runtime that is stopped resets its connection.
    socket.on("error", () => socket.destroy());
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    requests,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => void server.close(() => resolve()));
    },
  };
}

/** A port of this machine at which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}

function answer(given: Answer, index: number, response: ServerResponse): void {
  if ("reply" in given) return given.reply(response);
  const message =
    "say" in given
      ? { role: "assistant", content: given.say }
      : { role: "assistant", content: null, tool_calls: given.call.map(toolCall(index)) };
  response.writeHead(200, { "content-type": "application/json" });
  response.end(
    JSON.stringify({
      id: `chatcmpl-${index}`,
      object: "chat.completion",
      created: 1,
      model: "served",
      choices: [{ index: 0, message, finish_reason: "call" in given ? "tool_calls" : "stop" }],
      usage,
    }),
  );
}

function toolCall(index: number): (call: ToolCall, at: number) => object {
  return ({ name, args }, at) => ({
    id: `call_${index}_${at}`,
    type: "function",
    function: { name, arguments: typeof args === "string" ? args : JSON.stringify(args) },
  });
}

async function bodyOf(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(text: string): ChatBody {
  return text === "" ? {} : (JSON.parse(text) as ChatBody);
}

/** A reply with a status and the usual form of an error. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Answer {
  return {
    reply: (response) => {
      response.writeHead(code, { "content-type": "application/json", ...headers });
      response.end(JSON.stringify({ error: { message: `refused with ${code}`, type: "test" } }));
    },
  };
}
