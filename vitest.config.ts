import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

const SHARED_SERVICES = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

/**
 * `npm test` runs the first two projects. Tests beside the code need nothing; tests under test/ share one Postgres and
 * one Redis. Those of `npm run test:endurance` take minutes: faults under load, many kills, a whole
 * day, every command at every log level.
 */
export default defineConfig({
  // The build that Node loads: Vite would take the package's other one, and two copies of graphql refuse each other.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    pool: 'forks',
    // Tests of processes mostly wait: two files at a time pay off on two cores as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,scripts,web,bench,loadtest,deploy,local-snowflake}/**/*.test.ts'],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'services',
          include: ['test/**/*.test.ts'],
          exclude: ['test/endurance/**'],
          ...SHARED_SERVICES,
        },
      },
      {
        extends: true,
        test: { name: 'endurance', include: ['test/endurance/*.test.ts'], ...SHARED_SERVICES },
      },
    ],
  },
});
