import { describe, expect, it } from "vitest";
import { converseWith } from "./copilot-conversation.ts";
import type { Answer, ProviderRequest } from "./copilot-provider-server.ts";

const submit = (args: unknown): Answer => ({ call: [{ name: "submit_plan", args }] });

/** What the model was told by tools, in order. */
function toolTexts(request: ProviderRequest | undefined): readonly unknown[] {
  return (request?.body.messages ?? []).filter(({ role }) => role === "tool").map(({ content }) => content);
}

describe("a conversation with the runtime", () => {
  it("ends when a tool says so, with its cost and its messages", async () => {
    const { account, requests, answers } = await converseWith(() => submit({ fix: "it" }));

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

  it("goes on after refusals, whose words reach the model", async () => {
    const { account, requests, answers } = await converseWith(
      (_request, index) => submit({ fix: `${index}` }),
      {
        submit: (_args, index) =>
          index < 2 ? { kind: "refused", text: `not so (${index})` } : { kind: "end", text: "taken" },
      },
    );

    expect(account).toMatchObject({ end: "ended", turns: 3 });
    expect(account.calls).toHaveLength(3);
    expect(answers).toEqual([{ fix: "0" }, { fix: "1" }, { fix: "2" }]);
    expect(toolTexts(requests[2])).toEqual(["not so (0)", "not so (1)"]);
  });

  it("gives the model the answers of tools as they are, however long", async () => {
    const long = "a fact ".repeat(10_000);
    const { requests } = await converseWith(() => submit({}), {
      submit: (_args, index) =>
        index === 0 ? { kind: "answer", text: long } : { kind: "end", text: "taken" },
    });

    expect(toolTexts(requests[1])).toEqual([long]);
  });

  it("tells the model that there is no tool of that name, and runs nothing", async () => {
    const { account, requests } = await converseWith((_request, index) =>
      index === 0
        ? { call: [{ name: "bash", args: { command: "touch /tmp/should-not-be-there" } }] }
        : submit({}),
    );

    expect(account.end).toBe("ended");
    expect(toolTexts(requests[1])).toEqual([expect.stringMatching(/no such tool|does not exist/)]);
  });

  it.each(['{"fix":', "[1,2]", '"text"', "not json"])(
    "tells the model that %j is no object of arguments, and does not call the tool",
    async (args) => {
      const { account, requests, answers } = await converseWith((_request, index) =>
        index === 0 ? submit(args) : submit({ fix: "good" }),
      );

      expect(account.end).toBe("ended");
      expect(toolTexts(requests[1])).toEqual([expect.stringMatching(/JSON/)]);
      expect(answers).toEqual([{ fix: "good" }]);
    },
  );

  it("hands arguments on as they come, for nobody else checks them", async () => {
    const { answers } = await converseWith(() => submit({ fix: 5, more: [null] }));

    expect(answers).toEqual([{ fix: 5, more: [null] }]);
  });

  it("stops calls that do not end, at the turns it may have", async () => {
    const { account, requests } = await converseWith(() => ({ call: [{ name: "read_fact", args: {} }] }), {
      maxTurns: 4,
    });

    expect(account).toMatchObject({ end: "max_turns", problem: "no end after 4 turns", turns: 4 });
    expect(requests.length).toBeLessThanOrEqual(5);
  });

  it("stops hundreds of calls in one answer", async () => {
    const calls = Array.from({ length: 500 }, () => ({ name: "submit_plan", args: {} }));

    const { account, answers } = await converseWith(() => ({ call: calls }), {
      submit: () => ({ kind: "refused", text: "no" }),
    });

    expect(account).toMatchObject({
      end: "max_turns",
      problem: "the model called tools more than 200 times",
    });
    expect(answers).toHaveLength(200);
  });

  it("calls no tool any more after the end", async () => {
    const calls = Array.from({ length: 5 }, (_, index) => ({
      name: "submit_plan",
      args: { fix: `${index}` },
    }));

    const { account, answers } = await converseWith(() => ({ call: calls }));

    expect(account.end).toBe("ended");
    expect(answers).toEqual([{ fix: "0" }]);
  });

  it("reminds a model that only talks, once", async () => {
    const { account, requests } = await converseWith((_request, index) =>
      index === 0 ? { say: "I would restart it." } : submit({}),
    );

    expect(account.end).toBe("ended");
    expect(requests[1]?.body.messages?.at(-1)).toMatchObject({
      role: "user",
      content: "Nothing was handed in yet. Answer by calling one of your tools.",
    });
  });

  it("is idle when the model goes on talking", async () => {
    const { account, requests } = await converseWith(() => ({ say: "I would restart it." }));

    expect(account).toMatchObject({ end: "idle", problem: "the model handed nothing in" });
    expect(requests).toHaveLength(2);
  });

  it("survives a huge answer, of which the account keeps a part", async () => {
    const { account } = await converseWith(() => ({ say: "x".repeat(1_000_000) }));

    expect(account.end).toBe("idle");
    const longest = Math.max(...account.messages.map(({ text }) => text.length));
    expect(longest).toBeGreaterThan(200_000);
    expect(longest).toBeLessThan(201_000);
  });

  it("survives huge arguments", async () => {
    const { account, answers } = await converseWith(() => submit({ fix: "x".repeat(2_000_000) }));

    expect(account.end).toBe("ended");
    expect(answers).toHaveLength(1);
  });

  it("ends as failed when a tool of ours fails", async () => {
    const { account } = await converseWith(() => submit({}), {
      submit: () => {
        throw new Error("a fault of ours");
      },
    });

    expect(account).toMatchObject({
      end: "runtime_failed",
      problem: "the tool submit_plan failed: a fault of ours",
    });
  });
});
