import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OperatorError } from '../errors.ts';
import { readSnowflakeKey } from './snowflake-token-key.ts';

const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const PKCS8 = { type: 'pkcs8', format: 'pem' } as const;
const LOCKED = { cipher: 'aes-256-cbc', passphrase: 'planted-phrase' } as const;
const digest = createHash('sha256')
  .update(publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64');

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-key-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function keyIn(text: string | Buffer, passphrase?: string) {
  const path = join(folder, 'key.pem');
  await writeFile(path, text);
  return readSnowflakeKey({ path, passphrase });
}

describe('readSnowflakeKey', () => {
  it.each([
    ['PKCS#8', privateKey.export(PKCS8), undefined],
    ['encrypted PKCS#8', privateKey.export({ ...PKCS8, ...LOCKED }), LOCKED.passphrase],
    ['PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem' }), undefined],
    ['encrypted PKCS#1', privateKey.export({ type: 'pkcs1', format: 'pem', ...LOCKED }), LOCKED.passphrase],
    ['PKCS#8 with a passphrase too many', privateKey.export(PKCS8), 'unused'],
  ])('opens %s and has the fingerprint that DESC USER shows', async (_form, pem, passphrase) => {
    expect((await keyIn(pem, passphrase)).fingerprint).toBe(`SHA256:${digest}`);
  });

  it.each([
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' }), 'holds a public key'],
    ['another kind of key', generateKeyPairSync('ed25519').privateKey.export(PKCS8), 'must be an RSA key'],
    ['a short key', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey.export(PKCS8), '2048 bits'],
    ['a damaged key', privateKey.export(PKCS8).slice(0, 400), 'holds no private key in PEM form'],
    ['an empty file', '\n', 'is empty'],
  ])('refuses %s', async (_what, text, problem) => {
    await expect(keyIn(text)).rejects.toThrow(problem);
  });

  it('keeps the key and the passphrase out of its errors', async () => {
    const error: unknown = await keyIn(privateKey.export({ ...PKCS8, ...LOCKED }), 'wrong-phrase').catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(OperatorError);
    expect((error as OperatorError).cause).toBeUndefined();
    expect((error as OperatorError).message).not.toMatch(/phrase-|wrong-phrase|BEGIN/);
  });
});
