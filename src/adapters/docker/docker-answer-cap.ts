import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Agent, ClientRequest } from "node:http";

/** Some thousand containers, or the 80 lines of a log as long as the Engine keeps them, are a tenth of it. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Published with each request as it is made, in the context of who makes it (nodejs.org, "Diagnostics Channel"). */
const CHANNEL = "http.client.request.created";

/** Bounds the answers to requests of one agent. */
export interface AnswerCap {
  /** Does `work`; an answer to what it asks that grows too large aborts `controller`. */
  readonly within: <Value>(controller: AbortController, work: () => Promise<Value>) => Promise<Value>;
  readonly close: () => void;
}

/**
 * dockerode keeps an answer whole before it gives it to us, and has no bound: whoever answers in the Engine's place
 * could fill the memory. It shows neither requests nor answers, so they are seen where Node makes them.
 */
export function capAnswers(agent: Agent): AnswerCap {
  const asking = new AsyncLocalStorage<AbortController>();
  const onRequest = (message: unknown): void => {
    const request = requestIn(message);
    const controller = asking.getStore();
    if (controller === undefined || request === undefined || Reflect.get(request, "agent") !== agent) return;
    request.once("response", (response) => {
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) controller.abort();
      });
    });
  };
  subscribe(CHANNEL, onRequest);
  return {
    within: (controller, work) => asking.run(controller, work),
    close: () => void unsubscribe(CHANNEL, onRequest),
  };
}

function requestIn(message: unknown): ClientRequest | undefined {
  if (typeof message !== "object" || message === null || !("request" in message)) return undefined;
  return message.request as ClientRequest;
}
