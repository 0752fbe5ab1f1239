import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/longest-first.ts';

const SHARED_SERVICES = {
  globalSetup: ['test/support/global-setup.ts'],
  testTimeout: 30_000,
  hookTimeout: 60_000,
};

/** They load Snowflake's driver, whose settings belong to the whole process. */
const DRIVER_TESTS = ['local-snowflake/**/*.test.ts', 'src/clients/snowflake-*.test.ts'];

/**
 * `npm test` runs all projects but the last. Tests beside the code need nothing, and share processes, because nothing of
 * ours lives in a module; tests under test/ share one Postgres and one Redis. Those of `npm run test:endurance` take minutes: faults under load, many kills, a whole
 * day, every command at every log level.
 */
export default defineConfig({
  // The build that Node loads: Vite would take the package's other one, and two copies of graphql refuse each other.
  resolve: { alias: { graphql: 'graphql/index.js' } },
  test: {
    pool: 'forks',
    // Tests of processes mostly wait: two files at a time pay off on two cores as well.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{src,scripts,web,bench,loadtest}/**/*.test.ts'],
          exclude: DRIVER_TESTS,
          isolate: false,
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: { name: 'driver', include: DRIVER_TESTS, testTimeout: 20_000 },
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
