import type { Envelope } from "../../src/attest/dsse.ts";

/** Flips one bit of what a base64 text stands for; `bit` is taken modulo its length. */
export function flipBit(base64: string, bit: number): string {
  const bytes = Buffer.from(base64, "base64");
  const at = bit % (bytes.length * 8);
  bytes[at >> 3] = (bytes[at >> 3] ?? 0) ^ (1 << (at & 7));
  return bytes.toString("base64");
}

/** The envelope with its first signature changed. */
export function withSignature(envelope: Envelope, change: Partial<Envelope["signatures"][number]>): Envelope {
  const [first, ...rest] = envelope.signatures;
  if (first === undefined) throw new TypeError("an envelope has a signature");
  return { ...envelope, signatures: [{ ...first, ...change }, ...rest] };
}

/** The envelope as other tools write it: without the public key that ours carries. */
export function withoutCarriedKey({ signatures, ...envelope }: Envelope): Envelope {
  return { ...envelope, signatures: signatures.map(({ sig }) => ({ sig })) };
}

/** The bytes with each of their bits flipped in turn, and the place of the changed byte. */
export function* withEachBitFlipped(bytes: Uint8Array): Generator<readonly [at: number, changed: Buffer]> {
  for (let bit = 0; bit < bytes.length * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    const at = bit >> 3;
    changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
    yield [at, changed];
  }
}
