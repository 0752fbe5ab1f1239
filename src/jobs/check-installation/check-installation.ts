import type { Config, SettingProblem } from '../../config.ts';
import type { Logger } from '../../logger.ts';
import { machineChecks, type Machine } from './check-machine.ts';
import { postgresChecks } from './check-postgres.ts';
import { rankingChecks } from './check-ranking.ts';
import { redisChecks } from './check-redis.ts';
import { settingsChecks } from './check-settings.ts';
import { snowflakeChecks, type SnowflakeFolders } from './check-snowflake.ts';
import { tokenChecks } from './check-tokens.ts';
import { findingsOf, type Finding } from './finding.ts';

/** What to look at. */
export interface CheckInstallationOptions {
  readonly config: Config;
  /** Settings that are wrong; `config` has their defaults. */
  readonly problems: readonly SettingProblem[];
  readonly machine: Machine;
  readonly folders: SnowflakeFolders & { readonly migrations: string };
  readonly logger: Logger;
}

/**
 * Looks at every part that the settings name, all at once and each within a deadline of its own, and changes nothing: no
 * migration, no data, no new folder. An embedded Postgres that has data is started for the look and stopped again, and
 * a warehouse that sleeps may wake up. Never rejects for something that is broken.
 * @returns what was found, group by group.
 */
export async function checkInstallation(options: CheckInstallationOptions): Promise<readonly Finding[]> {
  const { config, problems, machine, folders, logger } = options;
  const snowflake = snowflakeChecks(config, folders);
  const canSync = config.SNOWFLAKE_ACCOUNT !== undefined;
  const checks = [
    ...settingsChecks(config, problems),
    ...machineChecks(machine),
    ...postgresChecks({ config, migrationsFolder: folders.migrations, canSync, logger }),
    ...redisChecks(config, logger),
    ...snowflake.checks,
    ...rankingChecks({ config, logger }),
    ...tokenChecks(config),
  ];
  try {
    return (await Promise.all(checks.map(findingsOf))).flat();
  } finally {
    await snowflake.close();
  }
}
