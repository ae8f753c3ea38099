const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text that the bytes are; undefined when they are no UTF-8, where a lenient reading would be another text. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes);
  } catch (thrown) {
    if (thrown instanceof TypeError) return undefined;
    throw thrown;
  }
}
