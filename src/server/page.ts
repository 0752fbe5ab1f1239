/**
 * What our pages and their workers may do: load from the host they came from and nothing else.
 *
 * - `style-src 'unsafe-inline'`: the editor positions its lines by style attributes; scripts are never inline.
 * - `img-src data:`: the editor draws squiggles and carets as data images.
 * - `frame-ancestors 'self'`: nobody else's page may put ours into a frame and borrow the viewer's session.
 *
 * @internal Exported for its test.
 */
export const PAGE_CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
].join('; ');

/** Headers of every page and of the files that it loads. */
export const PAGE_HEADERS = {
  'content-security-policy': PAGE_CSP,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
} as const;

/** True for the error of reading a file that is not there: the pages were not built. */
export function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
