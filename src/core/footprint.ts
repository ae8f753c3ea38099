import { z } from "zod";

/** The things that steps can change, as their kind of target tells them: a run that goes on compares with it. */
export const FootprintSchema = z.record(z.string(), z.json());
export type Footprint = z.infer<typeof FootprintSchema>;
