import type { Command } from 'commander';
import { parseConfig } from '../config.ts';
import { createLogger } from '../logger.ts';
import { createRankerApp } from '../ranker-app.ts';
import type { CommandContext } from './command-context.ts';
import { withLifetime } from './lifetime.ts';
import { listening } from './listening.ts';

/** The port of Snowflake model serving. */
const MODEL_SERVING_PORT = '5000';

/** `ranker`: serves the ranking model until it is stopped. */
export function addRankerCommand(program: Command, context: CommandContext): void {
  program
    .command('ranker')
    .description('serve the ranking model over HTTP as Snowflake model serving does: /predict, /predict-proba, /health')
    .addHelpText(
      'after',
      `\nListens on HOST and PORT, here ${MODEL_SERVING_PORT} unless set; RANKING_MODEL names the model. Examples:\n` +
        '  snowgate ranker\n' +
        '  PORT=8500 RANKING_MODEL=ranking@5 snowgate ranker\n' +
        `  RANKER=service MODEL_ENDPOINT=http://127.0.0.1:${MODEL_SERVING_PORT} snowgate serve`,
    )
    .action(() => runRanker(context));
}

async function runRanker({ environment, stderr }: CommandContext): Promise<void> {
  const isPortSet = (environment['PORT'] ?? '') !== '';
  const config = parseConfig(isPortSet ? environment : { ...environment, PORT: MODEL_SERVING_PORT });
  const logger = createLogger(config.LOG_LEVEL);
  const options = { logger, stopTimeoutMs: config.SHUTDOWN_TIMEOUT_MS, runsUntilStopped: true };
  await withLifetime(options, async (lifetime) => {
    const app = createRankerApp(config, { logger });
    lifetime.closeAtEnd(() => app.stop());
    const { url } = await listening(() => app.start(), config);
    stderr.write(`The ranking model is served: MODEL_ENDPOINT=${url}\n`);
    await lifetime.stopRequested;
  });
}
