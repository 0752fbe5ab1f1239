import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseConfig, SETTINGS } from '../../src/config.ts';

const read = (path: string) => readFileSync(join(import.meta.dirname, '..', '..', path), 'utf8');
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, group]) => group);

const dockerfile = read('deploy/Dockerfile');
const compose = read('deploy/compose.yaml');
const service = read('deploy/spcs/gateway.yaml');
const ranker = read('deploy/spcs/ranker.yaml');
const services = read('sql/snowflake/setup/620_services.sql');
const secrets = read('sql/snowflake/setup/530_secrets.sql');

describe('the files under deploy', () => {
  it('run the same Node as development does', () => {
    const { devDependencies } = JSON.parse(read('package.json')) as { devDependencies: { node: string } };
    const stages = matches(dockerfile, /^FROM node:([\d.]+)-/gm);
    expect(stages.length).toBeGreaterThan(0);
    expect(new Set([...stages, read('.nvmrc').trim()])).toEqual(new Set([devDependencies.node]));
  });

  it('set only settings that exist', () => {
    const gatewayOfCompose = compose.slice(compose.indexOf('  gateway:'), compose.indexOf('  postgres:'));
    const names = [
      ...matches(dockerfile, /\b(?!NODE_ENV)([A-Z][A-Z_]+)=/g),
      ...matches(gatewayOfCompose, /^ {6}([A-Z_]+):/gm),
      ...matches(service, /^ {8}([A-Z_]+):/gm),
      ...matches(service, /envVarName: ([A-Z_]+)/g),
      ...matches(ranker, /^ {8}([A-Z_]+):/gm),
    ];
    expect(names).toContain('DATABASE_URL');
    expect(names.filter((name) => name === undefined || !(name in SETTINGS))).toEqual([]);
  });

  it('are the specifications that the setup makes services of, with secrets that it makes', () => {
    const files = matches(services, /SPECIFICATION(?:_TEMPLATE)?_FILE = '(.*)'/g);
    expect(files).toEqual(['redis.yaml', 'ranker.yaml', 'gateway.yaml']);
    const wanted = files.flatMap((file) =>
      matches(read(`deploy/spcs/${file}`), /objectName: snowgate\.gateway\.(\w+)/g),
    );
    expect(wanted).toEqual(['redis_password', 'database_url', 'redis_url']);
    expect(new Set(matches(secrets, /CREATE SECRET IF NOT EXISTS (\w+)/g))).toEqual(new Set(wanted));
  });

  it('let the gateway find the ranker where it listens', () => {
    const ports = new Set(matches(ranker, /(?:port|PORT): (\d+)/g));
    expect([...ports]).toEqual(matches(service, /MODEL_ENDPOINT: http:\/\/ranker:(\d+)/g));
  });

  it('publish and probe the port that the gateway listens on by default', () => {
    const port = String(parseConfig({}).PORT);
    const ports = [
      ...matches(dockerfile, /(?:PORT=|EXPOSE )(\d+)/g),
      ...matches(compose, /127\.0\.0\.1:\d+:(\d+)/g),
      ...matches(service, /(?:port|PORT): (\d+)/g),
    ];
    expect(ports).toHaveLength(7);
    expect(new Set(ports)).toEqual(new Set([port]));
  });
});
