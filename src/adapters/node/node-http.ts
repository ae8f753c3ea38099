import type { IncomingMessage } from "node:http";
import { errnoCode, errorText } from "../../core/errors.ts";
import type { Http, HttpAnswer } from "../../ports/http.ts";
import { request } from "./http-module.ts";

const MAX_BODY_BYTES = 64 * 1024;

/**
 * Plain HTTP to the deployment's own endpoints. Every request has its own connection, so that a
 * keep-alive socket of a container that was replaced cannot answer for the new one, and no proxy
 * setting is looked at: these are loopback addresses.
 */
export const nodeHttp: Http = {
  get: async (url, timeoutMs) => {
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), timeoutMs);
    try {
      return await answerOf(url, deadline.signal);
    } catch (error) {
      return deadline.signal.aborted
        ? { kind: "no_answer", error: `no complete answer within ${timeoutMs} ms`, timedOut: true }
        : { kind: "no_answer", error: reasonOf(error) };
    } finally {
      clearTimeout(timer);
    }
  },
};

async function answerOf(url: string, signal: AbortSignal): Promise<HttpAnswer> {
  const response = await responseOf(url, signal);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    chunks.push(chunk);
    size += chunk.length;
    if (size >= MAX_BODY_BYTES) break; // leaving the loop destroys the socket
  }
  return {
    kind: "answer",
    status: response.statusCode ?? 0,
    location: response.headers.location,
    body: Buffer.concat(chunks).subarray(0, MAX_BODY_BYTES).toString("utf8"),
  };
}

function responseOf(url: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request(url, { agent: false, signal, headers: { accept: "*/*", connection: "close" } }, resolve)
    .on("error", reject)
    .end();
  return promise;
}

// `localhost` that refuses on ::1 and on 127.0.0.1 gives an AggregateError with an empty message.
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return [...new Set(error.errors.map(errorText))].join("; ");
  const text = errorText(error);
  return text === "" ? (errnoCode(error) ?? "connection failed") : text;
}
