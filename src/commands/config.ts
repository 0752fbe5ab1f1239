import type { Command } from 'commander';
import { parseConfig, SECRET_SETTINGS, SETTINGS, type Config } from '../config.ts';
import type { CommandContext } from './command-context.ts';

/** `config`: prints every setting with its value. */
export function addConfigCommand(program: Command, context: CommandContext): void {
  program
    .command('config')
    .description('print every setting with its value and what it does; passwords are masked')
    .addHelpText('after', '\nExample:\n  PORT=8080 snowgate config')
    .action(() => {
      const config = parseConfig(context.environment);
      const rows = Object.entries(SETTINGS).map(([name, { description }]) => ({
        name,
        value: printable(config[name as keyof Config], SECRET_SETTINGS.has(name)),
        description: description ?? '',
      }));
      const nameWidth = Math.max(...rows.map(({ name }) => name.length));
      const valueWidth = Math.max(...rows.map(({ value }) => value.length));
      for (const { name, value, description } of rows) {
        context.stdout.write(`${name.padEnd(nameWidth)}  ${value.padEnd(valueWidth)}  ${description}\n`);
      }
    });
}

/** A value in one word; `-` for a setting without one. Secrets, and whatever a URL holds before its host, are masked. */
function printable(value: Config[keyof Config], isSecret: boolean): string {
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return '-';
  if (isSecret) return '***';
  return String(value)
    .replace(/^(\w+:\/\/)[^/]*@/, '$1***@')
    .replace(/([?&](?:password|sslpassword)=)[^&]*/gi, '$1***');
}
