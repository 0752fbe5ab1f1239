import { OperatorError } from '../../errors.ts';

/** Shorter ones are found in innocent text by chance. */
const SECRET_LENGTH_MIN = 6;
/** What no name, host, address or tag looks like: a URL with a password, a key, a token, a setting with its value. */
const SECRET_SHAPES = [
  /:\/\/[^/]*@/,
  /-----BEGIN/,
  /\beyJ[\w-]{10,}/,
  /\b(?:ver:\d+-hint:|gh[opsu]_|AKIA)/,
  /(?:password|passwd|secret|token|passphrase)\s*[=:]/i,
  // Long and of one piece, with both cases and digits: names have words.
  /(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])\w{24,}/,
];

/**
 * Refuses values that hold a secret: a known one, or anything of a secret's shape. Files that are rendered
 * are kept and shown around.
 * @param flags values by the name of their flag in camel case.
 * @throws OperatorError that names the flag, never the value.
 */
export function assertNoSecret(flags: object, secrets: readonly string[]): void {
  const known = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  for (const [name, value] of Object.entries(flags) as [string, unknown][]) {
    if (typeof value !== 'string') continue;
    if (known.some((secret) => value.includes(secret)) || SECRET_SHAPES.some((shape) => shape.test(value)))
      throw new OperatorError(
        `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} looks like a secret, and no file may ` +
          'hold one: set it by ALTER SECRET in a worksheet, as the printed steps say.',
      );
  }
}
