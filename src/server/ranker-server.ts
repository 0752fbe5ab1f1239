import Fastify, { type FastifyInstance } from 'fastify';
import type { Logger } from '../logger.ts';
import { MalformedInputError, readModelInput } from './ranker-body.ts';

/** A binary classifier as the server sees it. */
export interface ServedModel {
  /** Names of its columns in order. */
  readonly columns: readonly string[];
  /** The probability of class 1 of each row of a row-major matrix; NaN is a missing value. */
  readonly predict: (values: Float32Array, rowCount: number) => Float32Array;
}

/** What the server is made of. */
export interface RankerServerOptions {
  readonly model: ServedModel;
  readonly bodyBytesMax: number;
  /** Time to receive a whole request. */
  readonly requestTimeoutMs: number;
  /** True once the server has begun to stop. */
  readonly isStopping: () => boolean;
  readonly logger: Logger;
}

/** Outputs of a row by column, named as Snowflake names those of an XGBClassifier. */
type Outputs = Readonly<Record<string, number>>;

/**
 * Creates a server that answers as Snowflake model serving does: `/predict` gives the class and `/predict-proba` the
 * probabilities of both, `{"data": [[index, {"output_feature_0": …}], …]}` in the order of the rows, a body that is no
 * input is 400 with `{"error": "Input data malformed: …"}`, `/health` says whether it is ready, and `/healthz` that the process
 * lives. While it stops it still answers what comes over open connections. The caller makes it listen.
 */
export function createRankerServer(options: RankerServerOptions): FastifyInstance {
  const fastify = Fastify({
    logger: false,
    bodyLimit: options.bodyBytesMax,
    requestTimeout: options.requestTimeoutMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
  });
  fastify.addHook('onSend', async (_request, reply) => {
    if (options.isStopping()) void reply.header('connection', 'close');
    return Promise.resolve();
  });
  answerErrors(fastify, options.logger);
  addPrediction(fastify, '/predict', options.model, (probability) => ({ output_feature_0: Number(probability > 0.5) }));
  addPrediction(fastify, '/predict-proba', options.model, (probability) => ({
    output_feature_0: Math.fround(1 - probability),
    output_feature_1: probability,
  }));
  fastify.get('/healthz', () => ({ status: 'ok' }));
  fastify.get('/health', (_request, reply) =>
    options.isStopping() ? reply.code(503).send({ status: 'not ready' }) : reply.send({ status: 'ready' }),
  );
  return fastify;
}

function addPrediction(
  fastify: FastifyInstance,
  path: string,
  { columns, predict }: ServedModel,
  outputsOf: (probability: number) => Outputs,
): void {
  fastify.post(path, (request, reply) => {
    const { index, values } = readModelInput(request.body, columns);
    const probabilities = predict(values, index.length);
    return reply.send({ data: index.map((name, row) => [name, outputsOf(probabilities[row] as number)]) });
  });
}

function answerErrors(fastify: FastifyInstance, logger: Logger): void {
  fastify.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: 'Not found' }));
  fastify.setErrorHandler((error: Error & { statusCode?: number }, _request, reply) => {
    const isMalformed = error instanceof MalformedInputError;
    const status = isMalformed ? 400 : (error.statusCode ?? 500);
    if (status >= 500) logger.error({ err: error }, 'http_error');
    if (status === 400) return reply.code(400).send({ error: `Input data malformed: ${error.message}` });
    return reply.code(status).send({ error: status < 500 ? error.message : 'Internal server error' });
  });
}
