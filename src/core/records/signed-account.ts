import { z } from "zod";

/** What every signed account ends with: the anchor of the journal it rests on, and whose key signed. */
export const signedAccountFields = {
  journal: z
    .strictObject({
      path: z
        .string()
        .describe(
          "where the journal file was, with `~` or a variable for what only that machine has; relative to the deployment's directory in older results",
        ),
      length: z.int().describe("how many records it had"),
      head: z.string().describe("hash of its last record, which covers all before it"),
    })
    .describe("anchor of the journal: a record that is changed or dropped later shows"),
  signer: z
    .strictObject({
      keyId: z.string().describe("sha256 of the public key's SPKI DER, in hex"),
      publicKeyPem: z.string().describe("the public key; whether to trust it is another question"),
    })
    .describe("whose key signed"),
} as const;
