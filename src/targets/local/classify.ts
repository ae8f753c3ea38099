import { classifierOf } from "../../core/classify.ts";
import { stages } from "./rules/stages.ts";

export const classify = classifierOf(stages);
