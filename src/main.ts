#!/usr/bin/env node
import { runProgram } from './commands/program.ts';

const { argv, env: environment, stdout, stderr } = process;
process.exit(await runProgram(argv.slice(2), { environment, stdout, stderr }));
