export type HttpAnswer =
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly location: string | undefined;
      readonly body: string;
    }
  | {
      readonly kind: "no_answer";
      readonly error: string;
      /** Somebody may be there, but did not say all in time. */ readonly timedOut?: true;
    };

/** GET without following redirects, body cut at 64 KiB; never throws. */
export interface Http {
  readonly get: (url: string, timeoutMs: number) => Promise<HttpAnswer>;
}
