import { describe, expect, it } from "vitest";
import { converseWith } from "./copilot-conversation.ts";

describe("a conversation with the runtime", () => {
  it("ends when a tool says so, with its cost and its messages", async () => {
    const { account, requests, answers } = await converseWith(() => ({
      call: [{ name: "submit_plan", args: { fix: "it" } }],
    }));

    expect(account).toMatchObject({ end: "ended", problem: undefined, turns: 1 });
    expect(account.calls).toEqual([
      { model: "test-model", inputTokens: 11, outputTokens: 7, ms: expect.any(Number) },
    ]);
    expect(account.messages).toEqual([
      { role: "system", text: "You plan repairs." },
      { role: "user", text: "Plan now." },
      { role: "assistant", text: 'submit_plan({"fix":"it"})' },
      { role: "tool", text: "submit_plan: taken" },
    ]);
    expect(requests).toHaveLength(1);
    expect(answers).toEqual([{ fix: "it" }]);
  });
});
