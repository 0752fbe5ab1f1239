import type { Config } from './config.ts';
import type { Logger } from './logger.ts';
import { openRegistry } from './registry/model-registry.ts';
import { createRankerServer } from './server/ranker-server.ts';

/** The running model server. */
export interface RankerApp {
  /** Listens. @throws as the port makes it. */
  start(): Promise<{ readonly url: string }>;
  /** Finishes open requests and closes every connection. */
  stop(): Promise<void>;
}

/**
 * Builds a server of the ranking model alone: no database, no cache.
 * @throws OperatorError when the model cannot be used.
 */
export function createRankerApp(config: Config, { logger }: { readonly logger: Logger }): RankerApp {
  const registry = openRegistry(config);
  const { name, version, columns, forest } = registry.load(registry.wanted()).ranker;
  let isStopping = false;
  const server = createRankerServer({
    model: {
      columns,
      predict(values, rowCount) {
        const probabilities = new Float32Array(rowCount);
        forest.predictRows(values, rowCount, probabilities);
        return probabilities;
      },
    },
    bodyBytesMax: config.REQUEST_BYTES_MAX,
    requestTimeoutMs: config.REQUEST_TIMEOUT_MS,
    isStopping: () => isStopping,
    logger,
  });
  return {
    async start() {
      const url = await server.listen({ host: config.HOST, port: config.PORT });
      logger.info({ model: name, version, columns: columns.length, trees: forest.treeCount }, 'model_served');
      return { url };
    },
    async stop() {
      isStopping = true;
      await server.close();
    },
  };
}
