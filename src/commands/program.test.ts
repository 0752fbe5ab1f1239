import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runProgram } from './program.ts';

async function snowgate(words: readonly string[], environment: Record<string, string> = {}) {
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  const context = { environment, ...streams } as unknown as Parameters<typeof runProgram>[1];
  const code = await runProgram(words, context);
  const textOf = (stream: PassThrough): string => String(stream.read() ?? '');
  return { code, stdout: textOf(streams.stdout), stderr: textOf(streams.stderr) };
}

describe('runProgram', () => {
  it.each([
    '',
    'serve',
    'migrate',
    'seed',
    'sync',
    'token',
    'ranker',
    'export-training',
    'export-ratings',
    'score',
    'score neighbours',
    'score ratings',
    'models',
    'score',
    'score recommendations',
    'score propensity',
    'models use',
    'doctor',
    'deploy render',
    'config',
  ])('helps with "%s" by an example', async (command) => {
    const { code, stdout } = await snowgate([...command.split(' ').filter(Boolean), '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/Examples?:\n {2}/);
  });

  it.each(['serve', 'migrate', 'seed', 'sync', 'ranker', 'models list', 'doctor', 'config'])(
    'lists every wrong setting of %s at once',
    async (command) => {
      const { code, stdout, stderr } = await snowgate(command.split(' '), {
        PORT: 'x',
        LOG_LEVEL: 'loud',
        CACHE_TTL_SECONDS: '-1',
      });
      expect(code).toBe(1);
      for (const name of ['PORT', 'LOG_LEVEL', 'CACHE_TTL_SECONDS']) expect(stdout + stderr).toContain(`${name}: `);
    },
  );

  it.each([
    ['score', '--first', '51'],
    ['score', 'neighbours', '--first', '0'],
    ['score', 'neighbours', '--neighbours', '1.5'],
    ['score', 'ratings', '--first', 'x'],
  ])('refuses a number that is out of range: %s %s %s %s', async (...words) => {
    const { code, stderr } = await snowgate(words.filter(Boolean));
    expect(code).toBe(1);
    expect(stderr).toContain('must be a whole number from 1 to');
  });

  it('shows the stack of an error only with --verbose', async () => {
    expect((await snowgate(['config'], { PORT: 'x' })).stderr).not.toContain('    at ');
    expect((await snowgate(['config', '--verbose'], { PORT: 'x' })).stderr).toContain('    at ');
    expect((await snowgate(['--verbose', 'config'], { PORT: 'x' })).stderr).toContain('    at ');
  });

  it('names the setting whose flag is out of range', async () => {
    const { code, stderr } = await snowgate(['seed', '--customers', '1']);
    expect(code).toBe(1);
    expect(stderr).toContain('DEMO_CUSTOMERS: ');
  });

  it.each(['yesterday', '2026-13-01', '2026-1-1'])('refuses --as-of %s', async (date) => {
    const { code, stderr } = await snowgate(['seed', '--as-of', date]);
    expect(code).toBe(1);
    expect(stderr).toContain('It must look like 2026-11-01');
  });

  it.each([[['nonsense']], [['serve', '--nonsense']], [[]], [['export-training']]])(
    'refuses %j and says where help is',
    async (words) => {
      const { code, stderr } = await snowgate(words);
      expect(code).toBe(1);
      expect(stderr).toMatch(/--help|Examples/);
    },
  );
});

describe('config', () => {
  it('prints every setting and masks what a URL holds before its host', async () => {
    const { code, stdout } = await snowgate(['config'], {
      PORT: '8080',
      DATABASE_URL: 'postgres://me:hush@db/shop',
      REDIS_URL: 'rediss://:hush@cache:6380',
    });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^PORT\s+8080\s+Port to listen on/m);
    expect(stdout).toMatch(/^DATABASE_URL\s+postgres:\/\/\*\*\*@db\/shop\s/m);
    expect(stdout).toMatch(/^REDIS_URL\s+rediss:\/\/\*\*\*@cache:6380\s/m);
    expect(stdout).not.toContain('hush');
  });
});
