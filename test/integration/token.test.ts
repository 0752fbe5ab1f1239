import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { parseSnowflakeAccount } from '../../src/clients/snowflake-token-account.ts';
import { exchangeToken, TokenDeadlineError } from '../../src/clients/snowflake-token-exchange.ts';
import { readSnowflakeKey } from '../../src/clients/snowflake-token-key.ts';
import { createSnowflakeTokenSource, snowflakeTokenHeader } from '../../src/clients/snowflake-token.ts';
import { runProgram } from '../../src/commands/program.ts';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import { startGatewayProcess } from '../support/gateway-process.ts';
import { startTokenServer, type TokenServer } from '../support/token-server.ts';

const ENDPOINT = 'abc-myorg-myaccount.snowflakecomputing.app';
const PASSPHRASE = 'planted-passphrase-5f1c';
const PAT = 'planted-access-token-77aa';
const PEM = { type: 'pkcs8', format: 'pem' } as const;

const own = generateKeyPairSync('rsa', { modulusLength: 2048 });
const fingerprint = `SHA256:${createHash('sha256')
  .update(own.publicKey.export({ type: 'spki', format: 'der' }))
  .digest('base64')}`;

let folder: string;
let keyFile: string;
let server: TokenServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'snowgate-token-'));
  keyFile = join(folder, 'me.p8');
  await writeFile(keyFile, own.privateKey.export({ ...PEM, cipher: 'aes-256-cbc', passphrase: PASSPHRASE }));
});

afterAll(() => rm(folder, { recursive: true }));

beforeEach(async () => {
  server = await startTokenServer({
    subject: 'MYORG-MYACCOUNT.SVC_GATE',
    publicKey: own.publicKey,
    fingerprint,
    pat: PAT,
    role: 'SERVING',
    endpointHost: ENDPOINT,
    scopeOrder: 'role-first',
    lifetimeSeconds: 3600,
    clockAheadMs: 0,
    answerWith: null,
  });
});

afterEach(() => server.close());

function settings(): Record<string, string> {
  return {
    SNOWFLAKE_ACCOUNT: 'myorg-myaccount',
    SNOWFLAKE_ACCOUNT_URL: server.url,
    SNOWFLAKE_USER: 'svc_gate',
    SNOWFLAKE_ROLE: 'SERVING',
    SNOWFLAKE_PRIVATE_KEY_FILE: keyFile,
    SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: PASSPHRASE,
  };
}

async function token(words: readonly string[], environment: Record<string, string | undefined> = settings()) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const context = { environment, ...streams } as unknown as Parameters<typeof runProgram>[1];
  const code = await runProgram(['token', ...words], context);
  const textOf = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, stdout: textOf(streams.stdout), stderr: textOf(streams.stderr) };
}

const withPat = () => ({ SNOWFLAKE_ACCOUNT: 'myorg-myaccount', SNOWFLAKE_ACCOUNT_URL: server.url, SNOWFLAKE_PAT: PAT });
const statusOf = async (authorization: string) => (await fetch(server.url, { headers: { authorization } })).status;

describe('snowgate token', { timeout: 120_000 }, () => {
  it('exchanges a key pair for a token that the endpoint takes, and prints nothing but the header', async () => {
    const { code, stdout, stderr } = await token(['--endpoint', ENDPOINT, '--print', 'header']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(await statusOf(stdout.trim())).toBe(200);
    expect(await statusOf(stdout.trim().replaceAll('"', ''))).toBe(401);
    expect(server.forms.map((form) => form.get('scope'))).toEqual([`session:role:SERVING ${ENDPOINT}`]);
  });

  it('tries the other order of the scope when the first is refused', async () => {
    server.rules.scopeOrder = 'endpoint-first';
    const { code, stdout } = await token(['--endpoint', `https://${ENDPOINT}/graphql`]);
    expect(code).toBe(0);
    expect(await statusOf(snowflakeTokenHeader(stdout.trim()))).toBe(200);
    expect(server.forms.at(-1)?.get('scope')).toBe(`${ENDPOINT} session:role:SERVING`);
  });

  it('tries no other order than the one that it is told', async () => {
    server.rules.scopeOrder = 'endpoint-first';
    const { code, stderr } = await token(['--endpoint', ENDPOINT, '--scope-order', 'role-first']);
    expect(code).toBe(1);
    expect(server.forms).toHaveLength(1);
    expect(stderr).toContain('invalid_scope');
    expect((await token(['--endpoint', ENDPOINT, '--scope-order', 'endpoint-first'])).code).toBe(0);
  });

  it('names the endpoint alone when there is no role', async () => {
    const environment = { ...settings(), SNOWFLAKE_ROLE: '' };
    expect((await token(['--endpoint', ENDPOINT], environment)).code).toBe(0);
    expect(server.forms[0]?.get('scope')).toBe(ENDPOINT);
  });

  it('exchanges an access token with the role in capitals', async () => {
    const environment = { ...withPat(), SNOWFLAKE_ROLE: 'serving' };
    const { code, stdout } = await token(['--endpoint', ENDPOINT, '--with', 'pat-exchange'], environment);
    expect(code).toBe(0);
    expect(await statusOf(snowflakeTokenHeader(stdout.trim()))).toBe(200);
    expect(server.forms[0]?.get('scope')).toBe(`session:scope:SERVING ${ENDPOINT}`);
  });

  it('sends an access token as it is without asking anybody', async () => {
    const { code, stdout } = await token(['--print', 'header'], withPat());
    expect({ code, stdout }).toEqual({ code: 0, stdout: `Snowflake Token="${PAT}"\n` });
    expect(server.forms).toEqual([]);
  });

  it('prints a JWT of the asked lifetime, from an unencrypted key too', async () => {
    const plainFile = join(folder, 'plain.p8');
    await writeFile(plainFile, own.privateKey.export(PEM));
    const { stdout } = await token(['--print', 'jwt', '--lifetime', '7', '--private-key-file', plainFile]);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: `MYORG-MYACCOUNT.SVC_GATE.${fingerprint}`, sub: 'MYORG-MYACCOUNT.SVC_GATE' });
    expect(claims.exp - claims.iat).toBe(7 * 60);
    expect(server.forms).toEqual([]);
  });

  it('says to compare the fingerprint when the key is not the user’s', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const otherFile = join(folder, 'other.p8');
    await writeFile(otherFile, other.privateKey.export(PEM));
    const { code, stdout, stderr } = await token(['--endpoint', ENDPOINT, '--private-key-file', otherFile]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('401: 390144 JWT token is invalid.');
    expect(stderr).toContain(readSnowflakeKey({ path: otherFile }).fingerprint);
    expect(stderr).toContain('RSA_PUBLIC_KEY_FP of: DESC USER svc_gate;');
    expect(stderr).not.toContain('clock');
  });

  it.each([
    { clockAheadMs: -2 * 3_600_000, hint: /clock is 7\d{3} seconds ahead of Snowflake's/ },
    { clockAheadMs: 2 * 3_600_000, hint: /clock is 7\d{3} seconds behind Snowflake's/ },
  ])('points at the clock when it is $clockAheadMs ms off', async ({ clockAheadMs, hint }) => {
    server.rules.clockAheadMs = clockAheadMs;
    const { code, stderr } = await token(['--endpoint', ENDPOINT]);
    expect(code).toBe(1);
    expect(stderr).toMatch(hint);
  });

  it('cuts what the account answered short and repeats no secret that is in it', async () => {
    const jwt = await token(['--print', 'jwt']);
    const body = `denied\n{secret} ${jwt.stdout.trim()} ${'long '.repeat(20_000)}`;
    server.rules.answerWith = { status: 403, body };
    const { stderr } = await token(['--endpoint', ENDPOINT, '--with', 'pat-exchange'], withPat());
    expect(stderr).toContain('403: denied *** *** long');
    expect(stderr.length).toBeLessThan(600);
  });

  it.each([
    {
      answer: { status: 302, body: '', headers: { location: 'https://elsewhere.example/' } },
      text: /redirect \(302\)/,
    },
    { answer: { status: 200, body: '<html>Sign in</html>' }, text: /no token: <html>Sign in<\/html>/ },
    { answer: { status: 404, body: '' }, text: /no token service \(404\)/ },
    { answer: { status: 503, body: 'later' }, text: /out of order \(503: later\)\. Try again/ },
    { answer: { status: 429, body: 'slow down' }, text: /busy .*\(429: slow down\)/ },
  ])('explains an answer of $answer.status', async ({ answer, text }) => {
    server.rules.answerWith = answer;
    const { code, stdout, stderr } = await token(['--endpoint', ENDPOINT]);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(text);
    expect(server.forms).toHaveLength(1);
  });

  it('takes a token that comes in JSON', async () => {
    server.rules.answerWith = { status: 200, body: '{"access_token":"opaque-token"}' };
    expect((await token(['--endpoint', ENDPOINT])).stdout).toBe('opaque-token\n');
  });

  it('says that nothing listens there', async () => {
    const closed = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => closed.once('listening', resolve));
    const { port } = closed.address() as { port: number };
    await new Promise((resolve) => closed.close(resolve));
    const environment = { ...settings(), SNOWFLAKE_ACCOUNT_URL: `http://127.0.0.1:${String(port)}` };
    const { stderr } = await token(['--endpoint', ENDPOINT], environment);
    expect(stderr).toBe(
      `Nothing listens on 127.0.0.1:${String(port)}. Check SNOWFLAKE_ACCOUNT and SNOWFLAKE_ACCOUNT_URL.\n`,
    );
  });

  it.each([
    [
      ['--endpoint', ENDPOINT],
      { SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: '' },
      /is encrypted\. Set SNOWFLAKE_PRIVATE_KEY_PASS/,
    ],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'wrong' }, /passphrase is wrong/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_PRIVATE_KEY_FILE: '/nowhere.p8' }, /\/nowhere\.p8 .* is missing/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_USER: '' }, /Set SNOWFLAKE_USER/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_ACCOUNT: '' }, /Set SNOWFLAKE_ACCOUNT/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_ACCOUNT: 'x.snowflakecomputing.com' }, /identifier alone/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_ACCOUNT_URL: 'http://db.example' }, /must be an https address/],
    [['--endpoint', ENDPOINT], { SNOWFLAKE_PRIVATE_KEY_FILE: '' }, /SNOWFLAKE_PRIVATE_KEY_FILE, SNOWFLAKE_PAT or/],
    [['--endpoint', 'no host'], {}, /must be a host/],
    [[], {}, /--endpoint/],
    [['--lifetime', '61'], {}, /whole number from 1 to 60/],
    [['--print', 'secret'], {}, /Allowed choices/],
    [['--print', 'jwt', '--with', 'pat'], { SNOWFLAKE_PAT: PAT }, /Only a key pair makes a JWT/],
  ])('refuses %j with %j', async (words, changes, text) => {
    const { code, stdout, stderr } = await token(words, { ...settings(), ...changes });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(text);
  });

  it('reads the passphrase from a file', async () => {
    const passphraseFile = join(folder, 'passphrase');
    await writeFile(passphraseFile, `${PASSPHRASE}\n`);
    const { code } = await token(['--endpoint', ENDPOINT], {
      ...settings(),
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: '',
      SNOWFLAKE_PRIVATE_KEY_PASSPHRASE_FILE: passphraseFile,
    });
    expect(code).toBe(0);
  });

  it('shows no secret that was not asked for, at any log level, in success and in failure', async () => {
    const markers = [PASSPHRASE, PAT, 'PRIVATE KEY'];
    const run = async (words: readonly string[], extra: Record<string, string> = {}) => {
      for (const LOG_LEVEL of ['debug', 'silent']) {
        const { stdout, stderr } = await startGatewayProcess(['--verbose', ...words], {
          ...settings(),
          SNOWFLAKE_PAT: PAT,
          LOG_LEVEL,
          ...extra,
        }).ended;
        for (const marker of markers) expect(stdout + stderr).not.toContain(marker);
        for (const form of server.forms.splice(0)) {
          expect(stdout + stderr).not.toContain(form.get('assertion') ?? form.get('subject_token'));
        }
      }
    };
    await run(['token', '--endpoint', ENDPOINT]);
    await run(['config']);
    server.rules.answerWith = { status: 401, body: 'no: {secret}' };
    await run(['token', '--endpoint', ENDPOINT]);
    await run(['token', '--endpoint', ENDPOINT, '--with', 'pat-exchange']);
    await run(['token', '--endpoint', ENDPOINT], { SNOWFLAKE_PRIVATE_KEY_PASSPHRASE: 'x', LOG_LEVEL: 'loud' });
  });
});

describe('exchangeToken', () => {
  it('gives up at its deadline', async () => {
    server.rules.answerWith = 'hang';
    const exchange = exchangeToken({
      url: server.url,
      grant: { kind: 'pat', pat: PAT },
      endpointHost: ENDPOINT,
      scopeOrders: ['role-first'],
      deadlineMs: 50,
    });
    await expect(exchange).rejects.toThrow(TokenDeadlineError);
    await expect(exchange).rejects.toThrow('did not answer within 0.05 seconds');
  });
});

describe('createSnowflakeTokenSource', () => {
  let nowMs: number;

  beforeEach(() => {
    nowMs = Date.now();
  });

  function source() {
    const key = { privateKey: own.privateKey, fingerprint };
    return createSnowflakeTokenSource(
      {
        account: parseSnowflakeAccount('myorg-myaccount', server.url),
        credentials: { kind: 'key-pair', user: 'svc_gate', key, lifetimeSeconds: 3540 },
        endpointHost: ENDPOINT,
        role: 'SERVING',
        scopeOrders: ['role-first', 'endpoint-first'],
        deadlineMs: 500,
      },
      createLogger('silent'),
      () => nowMs,
    );
  }

  it('serves all who ask from one exchange until shortly before the end', async () => {
    const tokens = source();
    const [first, ...others] = await Promise.all([tokens.get(), tokens.get(), tokens.get()]);
    expect(new Set(others)).toEqual(new Set([first]));
    nowMs += 3_200_000;
    expect(await tokens.get()).toBe(first);
    expect(server.forms).toHaveLength(1);
  });

  it('hands out the old token while it fetches the next one in good time', async () => {
    const tokens = source();
    const first = await tokens.get();
    nowMs += 3_400_000;
    expect(await tokens.get()).toBe(first);
    await expect.poll(() => tokens.get()).not.toBe(first);
    expect(server.forms).toHaveLength(2);
  });

  it('hands out the old token while no next one can be had, and never a dead one', async () => {
    const tokens = source();
    const first = await tokens.get();
    server.rules.answerWith = { status: 503, body: '' };
    nowMs += 3_400_000;
    for (let i = 0; i < 5; i++) expect(await tokens.get()).toBe(first);
    await expect.poll(() => server.forms.length).toBe(2);
    nowMs += 200_000;
    await expect(tokens.get()).rejects.toThrow(UpstreamUnavailableError);
    server.rules.answerWith = null;
    expect(await tokens.get()).not.toBe(first);
  });

  it('follows the clock of the account, however wrong ours is', async () => {
    // The JWT would be refused with a wrong clock; the answer alone carries the skew here.
    const expiry = Math.floor(Date.now() / 1000) - 7200 + 3600;
    const payload = Buffer.from(JSON.stringify({ exp: expiry })).toString('base64url');
    server.rules.clockAheadMs = -7_200_000;
    server.rules.answerWith = { status: 200, body: `aGVhZGVy.${payload}.c2lnbmF0dXJl` };
    const tokens = source();
    await tokens.get();
    nowMs += 3_000_000;
    await tokens.get();
    expect(server.forms).toHaveLength(1);
  });

  it('asks first in the order that worked before', async () => {
    server.rules.scopeOrder = 'endpoint-first';
    const tokens = source();
    const first = await tokens.get();
    expect(server.forms).toHaveLength(2);
    tokens.invalidate(first);
    expect(await tokens.get()).not.toBe(first);
    expect(server.forms).toHaveLength(3);
  });

  it('keeps a newer token when an older one is refused late', async () => {
    const tokens = source();
    const first = await tokens.get();
    tokens.invalidate(first);
    const second = await tokens.get();
    tokens.invalidate(first);
    expect(await tokens.get()).toBe(second);
  });

  it('tells a hang from a refusal', async () => {
    server.rules.answerWith = 'hang';
    await expect(source().get()).rejects.toThrow(UpstreamTimeoutError);
  });
});
