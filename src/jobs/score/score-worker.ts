import { parentPort, workerData } from 'node:worker_threads';
import { createPostgresClient } from '../../clients/postgres.ts';
import { createLogger } from '../../logger.ts';
import { loadStatements } from '../../statements.ts';
import { loadModel } from '../../registry/load-model.ts';
import type { ScorePage, ScoreWorkerData } from './score-messages.ts';
import { PageScorer } from './page-scorer.ts';

/** Each worker reads on one connection; the next page is read while nothing else is. */
const CONNECTIONS = 1;

// A thread of scoreCustomers: answers every page with its lists, and a failure by failing itself.
const { databaseUrl, statementsFolder, modelFolder, rules, asOf } = workerData as ScoreWorkerData;
const logger = createLogger('silent');
const scorer = new PageScorer({
  database: createPostgresClient({ url: databaseUrl, poolSizeMax: CONNECTIONS, logger }),
  statements: loadStatements(statementsFolder),
  ranker: loadModel(modelFolder).ranker,
  rules,
  asOf: new Date(asOf),
});

parentPort?.on('message', (page: ScorePage) => {
  void scorer.score(page).then((scored) => {
    parentPort?.postMessage(scored);
  });
});
