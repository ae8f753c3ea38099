import type { Signer } from "../ports/signer.ts";
import { PAYLOAD_TYPE, preAuthEncoding, type Envelope } from "./dsse.ts";
import { readPublicKey } from "./keys.ts";
import { buildStatement, type Subject } from "./statement.ts";

export interface SignRequest {
  /** What the statement says: an object of JSON values, such as the result of a run. */
  readonly predicate: Readonly<Record<string, unknown>>;
  readonly subject: Subject;
  /** What the predicate is; a repair result when left out. */
  readonly predicateType?: string;
  readonly signer: Signer;
}

/**
 * Makes the signed result. The statement is put into bytes once; those bytes are signed and stored,
 * so no reader has to agree with us on how to write JSON.
 */
export async function signResult({
  predicate,
  subject,
  predicateType,
  signer,
}: SignRequest): Promise<Envelope> {
  const payload = Buffer.from(JSON.stringify(buildStatement([subject], predicate, predicateType)), "utf8");
  const { signature, publicKeyPem } = await signer.sign(preAuthEncoding(PAYLOAD_TYPE, payload));
  const publicKey = readPublicKey(publicKeyPem);
  return {
    payloadType: PAYLOAD_TYPE,
    payload: payload.toString("base64"),
    signatures: [
      {
        keyid: publicKey.keyId,
        sig: Buffer.from(signature).toString("base64"),
        publicKey: publicKey.pem,
      },
    ],
  };
}
