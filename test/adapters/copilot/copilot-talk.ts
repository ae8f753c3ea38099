/**
 * A process that holds one conversation with the model at the address it is given, as `gh devlake repair`
 * does: with its whole environment at hand and with the signals of main.ts. Prints the account.
 */
import { createCopilotModel } from "../../../src/adapters/copilot/copilot-model.ts";
import { ourTools } from "./copilot-conversation.ts";

const [baseUrl = "", temporaryDirectory = "", mishap = "none"] = process.argv.slice(2);
const interrupt = new AbortController();
if (mishap === "handled") {
  process.on("SIGTERM", () => interrupt.abort());
  process.on("SIGINT", () => interrupt.abort());
}
// Told by the test, once the provider was asked.
process.stdin.once("data", () => {
  if (mishap === "exit") process.exit(130);
  throw new Error("a crash");
});
const model = createCopilotModel({
  model: "test-model",
  provider: "openai at test",
  access: { kind: "own", provider: { type: "openai", baseUrl, apiKey: "sk-canary-key-0123456789" } },
  environment: process.env,
  temporaryDirectory,
});
const account = await model.converse({
  system: "You plan repairs.",
  prompt: "canary-prompt: plan now.",
  tools: ourTools([], undefined),
  timeoutMs: 15_000,
  maxTurns: 8,
  signal: interrupt.signal,
});
process.stdin.destroy();
process.stdout.write(`${JSON.stringify(account)}\n`);
