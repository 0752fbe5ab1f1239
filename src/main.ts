#!/usr/bin/env node
// Libraries look at it while they load, and do more checking in its absence.
process.env['NODE_ENV'] ??= 'production';
const { runProgram } = await import('./commands/program.ts');

const { argv, env: environment, stdout, stderr } = process;
process.exit(await runProgram(argv.slice(2), { environment, stdout, stderr }));
