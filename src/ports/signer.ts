/** What a signer gives back: the raw signature and the public half of the key that made it. */
interface Signature {
  /** Ed25519: 64 bytes. ECDSA: DER, as other DSSE tools write it. */
  readonly signature: Uint8Array;
  /** SPKI in PEM. It travels beside the signature, so that integrity can be checked without asking anyone. */
  readonly publicKeyPem: string;
}

/**
 * Signs the pre-authentication encoding of a DSSE envelope.
 * One method on purpose: a key file, an agent, a hardware token or a keyless service all fit behind it.
 */
export interface Signer {
  readonly sign: (paeBytes: Uint8Array) => Promise<Signature>;
}
