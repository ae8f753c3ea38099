import { z } from "zod";

/** Go writes what is empty as null, or leaves it out. */
export const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
export const number = z
  .number()
  .nullish()
  .transform((value) => value ?? 0);
export const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
export const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
export const textMap = z
  .record(z.string(), z.string())
  .nullish()
  .transform((value) => value ?? {});
