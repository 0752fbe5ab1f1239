/** Who is asking. */
export interface Viewer {
  readonly kind: 'anonymous';
  /** Rights that fields ask for, for example `customers:pii`. */
  readonly scopes: ReadonlySet<string>;
}

/** A viewer who showed no credentials, with the scopes that the operator grants everybody. */
export function anonymousViewer(scopes: readonly string[]): Viewer {
  return { kind: 'anonymous', scopes: new Set(scopes) };
}
