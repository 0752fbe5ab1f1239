import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { OperatorError } from '../errors.ts';

/** A private key of a Snowflake user, and what Snowflake calls its public half. */
export interface SnowflakeKey {
  readonly privateKey: KeyObject;
  /** `SHA256:` and the digest in base64, as DESC USER shows it under RSA_PUBLIC_KEY_FP. */
  readonly fingerprint: string;
}

/** Where a private key is, and how it is opened. */
export interface SnowflakeKeyFile {
  /** PEM file: PKCS#8, encrypted or not. */
  readonly path: string;
  readonly passphrase?: string | undefined;
}

const MODULUS_BITS_MIN = 2048;

/**
 * Reads the private key of a user.
 * @throws OperatorError when there is no file, no RSA key of 2048 bits or more in it, or when the passphrase is missing
 * or wrong. Neither key nor passphrase is part of it.
 */
export function readSnowflakeKey({ path, passphrase }: SnowflakeKeyFile): SnowflakeKey {
  const pem = readSecretFile(path, 'SNOWFLAKE_PRIVATE_KEY_FILE');
  if (/-----BEGIN (RSA )?PUBLIC KEY-----/.test(pem)) {
    throw new OperatorError(`${path} holds a public key. SNOWFLAKE_PRIVATE_KEY_FILE must name the private one.`);
  }
  const isEncrypted = /-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED/m.test(pem);
  if (isEncrypted && passphrase === undefined) {
    throw new OperatorError(
      `The private key in ${path} is encrypted. Set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE or SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE.`,
    );
  }
  const privateKey = parsePrivateKey(pem, isEncrypted ? passphrase : undefined, path);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (privateKey.asymmetricKeyType !== 'rsa' || bits < MODULUS_BITS_MIN) {
    throw new OperatorError(`The private key in ${path} must be an RSA key of ${MODULUS_BITS_MIN} bits or more.`);
  }
  return { privateKey, fingerprint: fingerprintOf(privateKey) };
}

/**
 * Reads a file that holds one secret; spaces and line ends around it are no part of it.
 * @param setting The setting that names the file, for the error.
 * @throws OperatorError when the file cannot be read or is empty.
 */
export function readSecretFile(path: string, setting: string): string {
  let text;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new OperatorError(`The file ${path} of ${setting} is missing or cannot be read.`, { cause });
  }
  if (text === '') throw new OperatorError(`The file ${path} of ${setting} is empty.`);
  return text;
}

function parsePrivateKey(pem: string, passphrase: string | undefined, path: string): KeyObject {
  try {
    return createPrivateKey({ key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    // The cause is dropped on purpose: nobody can promise what OpenSSL writes into it.
    throw new OperatorError(
      passphrase === undefined
        ? `${path} holds no private key in PEM form (-----BEGIN PRIVATE KEY-----). Mend SNOWFLAKE_PRIVATE_KEY_FILE.`
        : `The private key in ${path} does not open: the passphrase is wrong or the file is damaged.`,
    );
  }
}

function fingerprintOf(privateKey: KeyObject): string {
  const publicKey = createPublicKey(privateKey).export({ type: 'spki', format: 'der' });
  return `SHA256:${createHash('sha256').update(publicKey).digest('base64')}`;
}

/**
 * The passphrase of an encrypted key, from its own setting or from the file that a setting names; undefined without both.
 * @throws OperatorError when the file cannot be read.
 */
export function passphraseOf(settings: {
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE?: string | undefined;
  readonly SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE?: string | undefined;
}): string | undefined {
  const { SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: passphrase, SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE: file } = settings;
  if (passphrase !== undefined || file === undefined) return passphrase;
  return readSecretFile(file, 'SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE');
}
