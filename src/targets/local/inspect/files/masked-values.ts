import { canonicalJson } from "../../../../core/text/json.ts";
import type { MaskedSetting } from "../../../../core/reviewed-values.ts";
import type { ComposeModel } from "../../ports/compose.ts";

/**
 * The real value of a setting in Compose's model, as one text. Of a setting that is a part of a longer one, such as a
 * label, it is the whole of that: what else changed in it is seen in the facts. undefined for what is not there.
 */
export function maskedValue(model: ComposeModel, { service, setting }: MaskedSetting): string | undefined {
  const of = model.services.find(({ name }) => name === service);
  if (of === undefined) return undefined;
  const variable = /^environment\.([\s\S]+)$/.exec(setting)?.[1];
  if (variable !== undefined && Object.hasOwn(of.environment, variable)) return of.environment[variable];
  const key = setting.split(".")[0] ?? "";
  const printed = of.printed?.[key];
  return printed === undefined || variable !== undefined ? undefined : canonicalJson(printed);
}
