import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { parse as parseYaml } from 'yaml';
import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../errors.ts';
import { INSTALLATION } from '../../installation.ts';
import { parseDeploymentNames, type DeploymentFlags, type DeploymentNames } from './deployment-names.ts';
import { renderText } from './render-deployment.ts';

const FLAGS: DeploymentFlags = {
  account: 'myorg-myaccount',
  imageTag: '0.1.0',
  postgresHost: 'abc.myorg.postgres.snowflake.app',
  postgresClients: '203.0.113.0/24,198.51.100.7',
  name: 'snowgate',
};
const templatesOf = (folder: string) => readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));
const SETUP = templatesOf(INSTALLATION.snowflakeSetup).join('\n');
const SPECS = templatesOf(INSTALLATION.serviceSpecs);

/** SQL without comments and with every text in quotes as one mark, whatever is in it. */
const skeleton = (sql: string) =>
  sql
    .replaceAll(/--.*$/gm, '')
    .replaceAll(/'[^']*'/g, '¤')
    .replaceAll(/¤(, ¤)*/g, '¤');

/** The names, or null where they are refused as they should be: one sentence that does not repeat the value. */
function parsed(flags: DeploymentFlags, hostile: string): DeploymentNames | null {
  try {
    return parseDeploymentNames(flags, []);
  } catch (error) {
    expect(error).toBeInstanceOf(OperatorError);
    if (hostile.length > 8) expect((error as Error).message).not.toContain(hostile);
    return null;
  }
}

const hostile = fc.oneof(
  fc.string({ unit: fc.constantFrom(...Array.from(`'"\`$\\;/*-{}()<>|&!:@%#,. \n\ta1_é`)) }),
  fc.string({ unit: 'binary' }),
  fc
    .tuple(
      fc.constantFrom(...(Object.values(FLAGS) as string[])),
      fc.string({ unit: 'grapheme', minLength: 1 }),
      fc.nat(20),
    )
    .map(([good, bad, place]) => good.slice(0, place) + bad + good.slice(place)),
  fc.constantFrom("0.1.0'); DROP DATABASE snowgate; --", '${image_tag}', '{{ tag }}', '0.1.0"\n', 'a.b\n', '1.2.3.4/0'),
);

describe('parseDeploymentNames', () => {
  it.each(Object.keys(FLAGS) as (keyof DeploymentFlags)[])(
    'takes no --%s that changes more than a text or a name in what is rendered',
    (flag) => {
      fc.assert(
        fc.property(hostile, (value) => {
          const names = parsed({ ...FLAGS, [flag]: value }, value);
          if (names === null) return;
          expect(names.name).toMatch(/^[a-z][a-z0-9_]*$/);
          const plain = renderText(SETUP, parseDeploymentNames({ ...FLAGS, name: names.name }, []));
          expect(skeleton(renderText(SETUP, names))).toBe(skeleton(plain));
          expect(renderText(SETUP, names)).not.toContain('${');
          for (const spec of SPECS) expect(() => parseYaml(renderText(spec, names)) as unknown).not.toThrow();
        }),
        { numRuns: 300 },
      );
    },
  );

  it.each<[keyof DeploymentFlags, string]>([
    ['account', 'my org'],
    ['account', 'https://myorg-myaccount.snowflakecomputing.com'],
    ['name', 'Snowgate'],
    ['name', 'select'],
    ['name', 'snowflake'],
    ['name', 'a__b'],
    ['name', 'x'.repeat(41)],
    ['imageTag', 'latest; rm -rf'],
    ['imageRepository', 'registry.example.com/other/place'],
    ['imageRepository', 'https://registry.example.com/snowgate/gateway/images'],
    ['postgresHost', 'localhost'],
    ['postgresHost', 'abc.example.com:5432'],
    ['postgresClients', '0.0.0.0/0'],
    ['postgresClients', '203.0.113.0/33'],
    ['postgresClients', '2001:db8::/32'],
    ['postgresClients', ''],
  ])('refuses --%s %s', (flag, value) => {
    const words = flag.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    expect(() => parseDeploymentNames({ ...FLAGS, [flag]: value }, [])).toThrow(`--${words} must`);
  });

  it.each<[string, string, string[]]>([
    ['a URL with a password', 'postgres://app:hush@abc.example.com', []],
    ['a JWT', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln', []],
    ['a random token', 'Zk3vQ81mTTp0aWxXcY72bbNe', []],
    ['a known secret', 'v1.hidden-away', ['hidden-away']],
  ])('refuses %s as a value of a flag, without repeating it', (_case, value, secrets) => {
    for (const flag of ['imageTag', 'postgresHost'] as const) {
      expect(() => parseDeploymentNames({ ...FLAGS, [flag]: value }, secrets)).toThrow(/looks like a secret/);
      expect(() => parseDeploymentNames({ ...FLAGS, [flag]: value }, secrets)).not.toThrow(value);
    }
  });

  it('needs a Postgres, made by the setup or there already', () => {
    const { account, imageTag, name } = FLAGS;
    expect(() => parseDeploymentNames({ account, imageTag, name }, [])).toThrow(
      /--postgres-clients .* --postgres-host/,
    );
  });

  it('finds the image repository in the registry of the account', () => {
    const names = parseDeploymentNames({ ...FLAGS, account: 'MyOrg-My_Account', name: 'shop' }, []);
    expect(names.imageRepository).toBe('myorg-my-account.registry.snowflakecomputing.com/shop/gateway/images');
  });
});
