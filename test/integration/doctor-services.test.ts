import { once } from 'node:events';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTestDatabase } from '../support/database.ts';
import { diagnose, runDoctor } from '../support/doctor.ts';
import { ROOT_FOLDER } from '../support/folders.ts';
import { copyModel, editModel, sealModel } from '../support/model-copies.ts';
import { startModelService } from '../support/model-service.ts';
import { startRedisServer } from '../support/redis-server.ts';

describe('doctor about settings and services', { timeout: 60_000 }, () => {
  it('suggests a sync where Postgres is empty and Snowflake is there', async () => {
    const database = await createTestDatabase('empty');
    const settings = { DATABASE_URL: database.url };
    const alone = await diagnose(settings);
    expect(alone.of('postgres', 'database').find(({ status }) => status === 'broken')).toMatchObject({
      text: 'holds no data',
      fix: 'Run npm run seed for demo data.',
    });
    const both = await diagnose({ ...settings, SNOWFLAKE_ACCOUNT: 'x', SNOWFLAKE_ACCOUNT_URL: 'http://127.0.0.1:1' });
    expect(both.of('postgres', 'database').find(({ status }) => status === 'broken')?.fix).toBe(
      'Run npm run sync to copy the tables from Snowflake. Run npm run seed for demo data.',
    );
    await database.drop();
  });

  it('tells a Redis that refuses the password from one that is away, and from Postgres', async () => {
    const redis = await startRedisServer();
    try {
      const url = new URL(redis.url);
      const socket = connect(Number(url.port), url.hostname);
      socket.write('CONFIG SET requirepass hush\r\n');
      await once(socket, 'data');
      socket.destroy();
      for (const credentials of ['', ':planted-5b@']) {
        const { found, of } = await diagnose({ REDIS_URL: redis.url.replace('//', `//${credentials}`) });
        expect(of('redis', 'redis')[0]?.text).toBe(`${url.host} refuses the user or the password`);
        expect(of('redis', 'redis')[0]?.fix).toContain('Set REDIS_URL to redis://user:password@host:port');
        expect(JSON.stringify(found)).not.toContain('planted');
      }
      const { of } = await diagnose({ REDIS_URL: redis.url.replace('//', '//:hush@') });
      expect(of('redis', 'redis')[0]?.text).toMatch(/answers in \d+\.\d ms$/);
    } finally {
      await redis.stop();
    }
    const { of } = await diagnose({
      REDIS_URL: 'redis://127.0.0.1:1',
      DATABASE_URL: 'postgres://me:x@127.0.0.1:1/shop',
    });
    expect(of('redis', 'redis')[0]?.text).toBe('127.0.0.1:1 does not answer');
    expect(of('postgres', 'database')[0]).toMatchObject({
      text: 'DATABASE_URL cannot be used: nothing listens on 127.0.0.1:1',
      fix: 'Mend it, or unset DATABASE_URL to use the embedded Postgres.',
    });
  });

  it('names every wrong setting and goes on with the rest', async () => {
    const { code, of, stderr } = await diagnose({ PORT: 'x', CACHE_TTL_SECONDS: '-1', RANKER: 'service' });
    expect(code).toBe(1);
    expect(of('settings', 'ranges').map(({ text }) => text.split(':')[0])).toEqual(['PORT', 'CACHE_TTL_SECONDS']);
    expect(of('settings', 'fit').map(({ text }) => text)).toEqual([
      'RANKER=service needs the address of a model service',
    ]);
    expect(of('ranking', 'model')[0]?.status).toBe('ok');
    expect(stderr).toBe('Broken: settings ranges, settings fit.\n');
  });

  it('knows whom a model of ratings knows, and what is wrong with it', async () => {
    const models = mkdtempSync(join(tmpdir(), 'doctor-models-'));
    copyModel(models, 4);
    const folder = join(models, 'ratings/1');
    mkdirSync(folder, { recursive: true });
    copyFileSync(join(ROOT_FOLDER, 'models/fixtures/factorization/factors.json'), join(folder, 'factors.json'));
    const manifest = { name: 'ratings', version: '1', objective: 'rating:factorization' };
    writeFileSync(join(folder, 'manifest.json'), JSON.stringify(manifest));
    sealModel(folder);
    const ratingsWith = async (settings: Record<string, string>) =>
      (await diagnose({ MODEL_FOLDER: models, ...settings })).of('ranking', 'ratings')[0];
    expect(await ratingsWith({})).toMatchObject({ text: 'not used: RATINGS_MODEL is not set' });
    expect(await ratingsWith({ RATINGS_MODEL: 'ratings@1' })).toMatchObject({
      status: 'ok',
      text: 'ratings 1 knows 12 customers and 15 products',
    });
    editModel(folder, { file: 'factors.json', path: ['mean'] }, () => 'three');
    const damaged = await ratingsWith({ RATINGS_MODEL: 'ratings@1' });
    expect(damaged).toMatchObject({ status: 'broken' });
    expect(damaged?.text).toContain('mean must be a number');
    expect(damaged?.fix).toContain('npm run models:ratings');
    rmSync(models, { recursive: true });
  });

  it('tells a model service that serves another model, and one that is away', async () => {
    const service = await startModelService((body) => {
      const { dataframe_split: frame } = JSON.parse(body) as { dataframe_split: { index: number[] } };
      return JSON.stringify({ data: frame.index.map((index) => [index, { output_feature_1: 0.5 }]) });
    });
    try {
      const settings = { RANKER: 'service', MODEL_ENDPOINT: service.url };
      const [other] = (await diagnose(settings)).of('ranking', 'service');
      expect(other?.status).toBe('broken');
      expect(other?.text).toMatch(/ranks by another model than ranking 5: probabilities differ by up to 0\.\d{4}$/);
      service.setFault('unavailable');
      const [away] = (await diagnose(settings)).of('ranking', 'service');
      expect(away?.text).toContain('the model service does not rank: The model service answered 503');
      expect(away?.fix).toContain('npm run ranker');
    } finally {
      await service.close();
    }
  });

  it('shows findings to people in groups, in colour on a terminal only', async () => {
    const { stdout } = await runDoctor([], { RANKER: 'service' });
    expect(stdout).toMatch(/^Settings\n {2}✓ ranges {5}every setting is in its range\n {2}✗ fit/);
    expect(stdout).toMatch(/\n {15}→ Set MODEL_ENDPOINT/);
    expect(stdout).toMatch(/\d+ fine, 0 warnings, 1 broken, \d+ not looked at\n$/);
    expect(stdout).not.toContain('\u001B');
  });
});
