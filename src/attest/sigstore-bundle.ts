import type { Envelope } from "./dsse.ts";

/** https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto */
const BUNDLE_MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";

export interface SigstoreBundle {
  readonly mediaType: typeof BUNDLE_MEDIA_TYPE;
  readonly verificationMaterial: {
    readonly publicKey: { readonly hint: string };
    readonly tlogEntries: readonly never[];
  };
  readonly dsseEnvelope: {
    readonly payload: string;
    readonly payloadType: string;
    readonly signatures: readonly [{ readonly sig: string }];
  };
}

/**
 * The same signature in the form that newer cosign versions read (`--new-bundle-format --bundle FILE`).
 * A bundle holds one signature and only names its key: readers of protobuf JSON refuse fields they do
 * not know, so the public key that our envelope carries stays out, and cosign needs it by `--key`.
 */
export function toSigstoreBundle({ payload, payloadType, signatures }: Envelope): SigstoreBundle {
  const [signature, ...more] = signatures;
  if (signature === undefined || more.length > 0) {
    throw new TypeError(`a sigstore bundle holds exactly one signature, not ${signatures.length}`);
  }
  return {
    mediaType: BUNDLE_MEDIA_TYPE,
    verificationMaterial: { publicKey: { hint: signature.keyid ?? "" }, tlogEntries: [] },
    dsseEnvelope: { payload, payloadType, signatures: [{ sig: signature.sig }] },
  };
}

/** JSON, indented by two, one line feed at the end. */
export function serializeBundle(bundle: SigstoreBundle): string {
  return `${JSON.stringify(bundle, undefined, 2)}\n`;
}
