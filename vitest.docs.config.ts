import { defineConfig } from 'vitest/config';

/** The tests that hold documents against the code. They need no services, so `npm run verify` runs them. */
export default defineConfig({
  test: {
    include: ['src/config.test.ts', 'test/docs/**/*.test.ts'],
  },
});
