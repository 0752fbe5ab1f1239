#!/usr/bin/env node
// Libraries look at it while they load, and do more checking in its absence.
process.env['NODE_ENV'] ??= 'production';
// The Snowflake driver: no probing of metadata servers, no native module, no report at each login.
process.env['SNOWFLAKE_DISABLE_PLATFORM_DETECTION'] ??= 'true';
process.env['SNOWFLAKE_DISABLE_MINICORE'] ??= '1';
process.env['SF_TELEMETRY_DISABLE_CONNECTION_SHAPE'] ??= '1';
const { runProgram } = await import('./commands/program.ts');

const { argv, env: environment, stdout, stderr } = process;
process.exit(await runProgram(argv.slice(2), { environment, stdout, stderr }));
