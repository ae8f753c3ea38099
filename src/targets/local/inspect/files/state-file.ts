import { z } from "zod";
import { STATE_FILE } from "../../facts/endpoints.ts";
import { errorText } from "../../../../core/errors.ts";
import { FactsDraft, type Facts } from "../../../../core/fact.ts";
import { StateTextSchema } from "../../facts/fact-values.ts";
import { stateFile } from "../../facts/local-facts.ts";
import type { Redact } from "../../../../core/masking/redact.ts";
import type { FileReader } from "../../../../ports/files.ts";

const StateFileSchema = z.looseObject({
  endpoints: z
    .looseObject({
      backend: z.string().optional(),
      grafana: z.string().optional(),
      configUi: z.string().optional(),
    })
    .default({}),
});

const NO_JSON_LEFT = "it is no JSON any more once its secret values are masked";

export async function stateFileFacts(files: FileReader, redact: Redact): Promise<Facts> {
  const draft = new FactsDraft();
  try {
    if ((await files.kindOf(STATE_FILE)) === "absent")
      return draft.set(stateFile(), { status: "absent" }).facts();
    const text = await files.readText(STATE_FILE);
    const { backend, grafana, configUi } = StateFileSchema.parse(JSON.parse(text)).endpoints;
    const masked = redact(text);
    if (!StateTextSchema.safeParse(masked).success)
      return draft.set(stateFile(), { status: "unreadable", reason: NO_JSON_LEFT }).facts();
    return draft
      .set(stateFile(), {
        status: "present",
        text: masked,
        endpoints: {
          ...(backend !== undefined && { backend }),
          ...(grafana !== undefined && { grafana }),
          ...(configUi !== undefined && { configUi }),
        },
      })
      .facts();
  } catch (thrown) {
    return draft.set(stateFile(), { status: "unreadable", reason: redact(errorText(thrown)) }).facts();
  }
}
