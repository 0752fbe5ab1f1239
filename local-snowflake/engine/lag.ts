import { compilationError, unsupported } from '../errors.ts';

const UNIT_MS: Readonly<Record<string, number>> = { SECOND: 1000, MINUTE: 60_000, HOUR: 3_600_000, DAY: 86_400_000 };
const LEAST_LAG_MS = 60_000;

/** Milliseconds of a TARGET_LAG; undefined for DOWNSTREAM. @throws SnowflakeError for one that Snowflake refuses. */
export function targetLagMs(text: string): number | undefined {
  if (text.toUpperCase() === 'DOWNSTREAM') return undefined;
  const ms = durationMs(text);
  if (ms === undefined) throw compilationError(`Invalid TARGET_LAG '${text}'.`);
  if (ms < LEAST_LAG_MS) throw compilationError(`TARGET_LAG '${text}' is below the minimum of 60 seconds.`);
  return ms;
}

/** Milliseconds of a task's SCHEDULE. @throws SnowflakeError for cron expressions. */
export function scheduleMs(text: string): number {
  if (/^USING\s+CRON/i.test(text)) throw unsupported('SCHEDULE = USING CRON');
  const ms = durationMs(text);
  if (ms === undefined) throw compilationError(`Invalid schedule '${text}'.`);
  return ms;
}

function durationMs(text: string): number | undefined {
  const match = /^\s*(\d+)\s+(SECOND|MINUTE|HOUR|DAY)S?\s*$/i.exec(text);
  const unit = UNIT_MS[match?.[2]?.toUpperCase() ?? ''];
  return match && unit !== undefined && Number(match[1]) > 0 ? Number(match[1]) * unit : undefined;
}
