import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig, SETTINGS } from '../../src/config.ts';
import { composeProblems } from './compose-rules.ts';

const DEPLOY = join(import.meta.dirname, '../../deploy');
const compose = readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8');
const facts = {
  folder: DEPLOY,
  settings: Object.keys(SETTINGS),
  shutdownTimeoutMs: parseConfig({}).SHUTDOWN_TIMEOUT_MS,
};
const imageOf = (name: string, text: string) => new RegExp(`image: \\S*(${name}:[\\w.-]+)`).exec(text)?.[1];

describe('compose.yaml', () => {
  it('has no problem', () => {
    expect(composeProblems(compose, facts)).toEqual([]);
  });

  it('has gateway, Postgres, Redis and, where it is asked for, the local Snowflake', () => {
    const { services } = parse(compose) as { services: Record<string, { profiles?: string[] }> };
    const byDefault = Object.keys(services).filter((name) => services[name]?.profiles === undefined);
    expect(byDefault.sort()).toEqual(['gateway', 'postgres', 'redis']);
    expect(services['local-snowflake']?.profiles).toEqual(['snowflake']);
  });

  it('runs the Redis that runs in Snowflake', () => {
    const specified = readFileSync(join(DEPLOY, 'spcs/redis.yaml'), 'utf8');
    expect(imageOf('redis', compose)).toBe(imageOf('redis', specified));
  });

  it.each<[mistake: string, found: string, instead: string, problem: RegExp]>([
    ['a Dockerfile that is not there', 'dockerfile: deploy/Dockerfile', 'dockerfile: Dockerfile', /not there/],
    ['a stage that is not there', 'context: ..', 'context: ..\n      target: dev', /up to dev, no stage/],
    ['a setting that is none', 'REDIS_URL:', 'REDIS_URI:', /gateway is given REDIS_URI, no setting/],
    ['a variable that may be empty', ':-postgres}', '}', /SERVING_STORES has neither/],
    ['a port for everybody', '127.0.0.1:4000:4000', '4000:4000', /opens 4000:4000/],
    ['no version', 'redis:8-bookworm', 'redis', /redis names no version/],
    ['the latest version', 'postgres:18-bookworm', 'postgres:latest', /postgres names no version/],
    ['a writable root', 'read_only: true', 'read_only: false', /gateway could run read-only/],
    ['capabilities', 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]', /gateway could run/],
    ['new privileges', 'no-new-privileges:true', 'label:disable', /gateway could run/],
    [
      'a dependency that is not there',
      '      redis:\n        condition',
      '      valkey:\n        condition',
      /needs valkey/,
    ],
    [
      'health that nobody checks',
      '    healthcheck:\n      test: [CMD, redis-cli, ping]',
      '    x-check:\n      test: []',
      /health of redis/,
    ],
    ['a network of nobody', 'service:gateway', 'service:api', /needs api/],
    ['less time than it takes to stop', 'stop_grace_period: 30s', 'stop_grace_period: 20s', /killed before/],
    ['data in no volume', '- postgres:/var', '- data:/var', /keeps data in data/],
  ])('is not accepted with %s', (_mistake, found, instead, problem) => {
    expect(compose).toContain(found);
    expect(composeProblems(compose.replace(found, instead), facts).join('\n')).toMatch(problem);
  });
});
