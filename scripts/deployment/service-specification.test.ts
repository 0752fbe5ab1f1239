import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { INSTALLATION } from '../../src/installation.ts';
import { createSpecificationCheck } from './service-specification.ts';

const files = readdirSync(INSTALLATION.serviceSpecs).filter((file) => file.endsWith('.yaml'));
const read = (file: string) => readFileSync(join(INSTALLATION.serviceSpecs, file), 'utf8');
const check = createSpecificationCheck({ tag: '0.1.0' });
const gateway = read('gateway.yaml');

/** The gateway's specification with one text in place of another that is in it. */
function planted(text: string | RegExp, mistake: string): string {
  const changed = gateway.replace(text, mistake);
  expect(changed).not.toBe(gateway);
  return changed;
}

const VOLUME = `  volumes:\n    - name: cache\n      source: memory\n`;

describe('the service specifications', () => {
  it.each(files)('%s fits the schema', (file) => {
    expect(check(read(file))).toEqual([]);
  });

  it('are given what their templates want by the setup', () => {
    const services = readFileSync(join(INSTALLATION.snowflakeSetup, '620_services.sql'), 'utf8');
    for (const file of files) {
      const [, statement = ''] = new RegExp(`'${file}'([^;]*);`).exec(services) ?? [];
      const given = /USING \((\w+) =>/.exec(statement)?.[1];
      expect(createSpecificationCheck(given === undefined ? {} : { [given]: '0.1.0' })(read(file))).toEqual([]);
    }
  });
});

describe('the services of the image', () => {
  it('ask for no rights of their callers', () => {
    for (const file of files) expect(read(file)).not.toMatch(/executeAsCaller: *true|enableCustomCredentials: *true/);
  });
});

describe('a planted mistake is found', () => {
  it.each<[mistake: string, text: string | RegExp, instead: string, problem: RegExp]>([
    ['an unknown key', 'readinessProbe:', 'readynessProbe:', /containers\/0 must NOT have additional .*readynessProbe/],
    ['an unknown part', 'serviceRoles:', 'roles:', /^\/ must NOT have additional properties \(roles\)/],
    ['memory without a unit', 'memory: 1Gi', 'memory: 1024', /requests\/memory must be string/],
    ['memory in a unit that is not supported', 'memory: 1Gi', 'memory: 1GB', /requests\/memory must match pattern/],
    ['CPU in a wrong unit', 'cpu: 1', 'cpu: 1c', /requests\/cpu must match pattern/],
    ['no memory request', /requests:\n +cpu: 1\n +memory: 1Gi/, 'requests:\n            cpu: 1', /'memory'/],
    ['no resources', /resources:[^]*(?=\n {2}endpoints)/, '', /must have required property 'resources'/],
    ['a request above the limit', 'memory: 1Gi', 'memory: 4Gi', /gateway requests more memory than its limit/],
    [
      'an endpoint without a port',
      /name: api\n {6}port: 4000/,
      'name: api',
      /endpoints\/0 must have required .*'port'/,
    ],
    ['a port beyond 65535', /name: api\n {6}port: 4000/, 'name: api\n      port: 70000', /port must be <= 65535/],
    ['a public endpoint over TCP', 'public: true', 'public: true\n      protocol: TCP', /protocol must be equal/],
    [
      'a public range of ports',
      'port: 4000\n      public',
      'portRange: 4000-4010\n      protocol: TCP\n      public',
      /endpoints\/0/,
    ],
    [
      'CORS for everybody',
      'public: true',
      "public: true\n      corsSettings:\n        Access-Control-Allow-Origin: ['*']",
      /Allow-Origin\/0 must match/,
    ],
    ['a probe without a path', '        path: /readyz\n', '', /readinessProbe must have required property 'path'/],
    ['a probe of a path without /', 'path: /readyz', 'path: readyz', /readinessProbe\/path must match/],
    [
      'a probe by name of a port',
      'readinessProbe:\n        port: 4000',
      'readinessProbe:\n        port: api',
      /readinessProbe\/port must be integer/,
    ],
    ['a probe of Kubernetes', 'periodSeconds: 5', 'initialDelaySeconds: 5', /readinessProbe must NOT have additional/],
    ['a probe that never gives up', 'failureThreshold: 3', 'failureThreshold: 0', /failureThreshold must be >= 1/],
    ['a secret that goes nowhere', /\n +envVarName: DATABASE_URL/, '', /secrets\/0 must match exactly one/],
    [
      'a secret without a key',
      /\n +secretKeyRef: secret_string/,
      '',
      /secrets\/0 must have required property 'secretKeyRef'/,
    ],
    ['a key of no secret', 'secretKeyRef: secret_string', 'secretKeyRef: value', /secretKeyRef must be equal to one/],
    ['a file of a secret with a key', 'envVarName: DATABASE_URL', 'directoryPath: /secrets', /secretKeyRef/],
    ['a secret looked up in another schema', 'snowgate.gateway.database_url', 'database_url', /objectName must match/],
    ['a value twice', 'envVarName: REDIS_URL', 'envVarName: PORT', /gateway is given PORT twice/],
    ['an image without a tag', ':{{ tag }}', '', /image must match pattern/],
    [
      'an image of another registry',
      '/snowgate/gateway/images/snowgate:',
      'docker.io/library/snowgate:',
      /image must match/,
    ],
    ['a template that nobody fills', '{{ tag }}', '{{ version }}', /wants version, which nobody gives/],
    ['a role for no endpoint', 'endpoints: [api]', 'endpoints: [web]', /api_user grants web, no endpoint/],
    ['a name in capitals', 'name: gateway', 'name: Gateway', /containers\/0\/name must match/],
    [
      'a level that logs do not have',
      'logLevel: INFO',
      'logLevel: DEBUG',
      /logLevel must be equal to one .*INFO,ERROR,NONE/,
    ],
    ['metrics that are none', 'system_limits', 'cpu', /groups\/1 must be equal/],
    [
      'a volume in memory without a size',
      '  logExporters:',
      `${VOLUME}  logExporters:`,
      /volumes\/0 must have required property 'size'/,
    ],
    [
      'a mount of no volume',
      '      resources:',
      '      volumeMounts: [{ name: cache, mountPath: /cache }]\n      resources:',
      /gateway mounts cache, no volume/,
    ],
    [
      'a token that others may write',
      '      resources:',
      "      sessionTokenConfig: { path: /run/token, permission: '0666' }\n      resources:",
      /permission must match/,
    ],
    [
      'a permission without a path',
      '      resources:',
      "      sessionTokenConfig: { permission: '0600' }\n      resources:",
      /must have property path/,
    ],
    ['the same key twice', 'spec:', 'spec:\n  containers: []', /Map keys must be unique/],
    ['no YAML', 'spec:', 'spec: [', /./],
  ])('%s', (_mistake, text, instead, problem) => {
    expect(check(planted(text, instead)).join('\n')).toMatch(problem);
  });
});
