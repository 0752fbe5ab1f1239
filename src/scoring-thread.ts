import { parentPort, workerData } from 'node:worker_threads';
import { createFeatureContext } from './ranking/feature-context.ts';
import { prepareServing, type ServingSnapshot } from './ranking/serving-snapshot.ts';
import type { CustomerFeaturesRow, CustomerTastesRow } from './ranking/signals.ts';
import { reviveSnapshot, type SnapshotColumns } from './ranking/snapshot.ts';
import { loadModel } from './registry/load-model.ts';

/** What a thread is started with: the folder of the model that it scores by. */
export interface ScoringThreadData {
  readonly modelFolder: string;
}

/** What a thread is told: to end, a snapshot, one it need not keep any more, or a question about one that it has. */
export type ScoringThreadMessage =
  | { readonly kind: 'close' }
  | { readonly kind: 'snapshot'; readonly id: number; readonly columns: SnapshotColumns }
  | { readonly kind: 'forget'; readonly id: number }
  | {
      readonly kind: 'question';
      readonly id: number;
      readonly snapshotId: number;
      readonly features: CustomerFeaturesRow;
      readonly tastes: CustomerTastesRow;
      readonly rows: Int32Array<ArrayBuffer>;
    };

/** What it answers: that it can be asked, or the probabilities of a question's rows. */
export type ScoringThreadAnswer = 'ready' | { readonly id: number; readonly probabilities: Float32Array<ArrayBuffer> };

// A thread of createScoringThreads. It fails as a whole when a question fails: whoever asked scores by themselves then.
const { modelFolder } = workerData as ScoringThreadData;
const { ranker } = loadModel(modelFolder);
const servings = new Map<number, Promise<ServingSnapshot>>();
const newest = new Map<string, Promise<ServingSnapshot>>();

parentPort?.on('message', (message: ScoringThreadMessage) => {
  switch (message.kind) {
    case 'close':
      parentPort?.close();
      break;
    case 'snapshot':
      keep(message.id, message.columns);
      break;
    case 'forget':
      servings.delete(message.id);
      break;
    case 'question':
      void answer(message);
  }
});
say('ready');

/** Where nothing but stock has changed since the region's last snapshot, its layout is kept. */
function keep(id: number, columns: SnapshotColumns): void {
  const previous = newest.get(columns.region);
  const serving = (async () => prepareServing(ranker, reviveSnapshot(columns), await previous))();
  servings.set(id, serving);
  newest.set(columns.region, serving);
}

async function answer({ id, snapshotId, features, tastes, rows }: Extract<ScoringThreadMessage, { kind: 'question' }>) {
  const serving = await servings.get(snapshotId);
  const [scorer] = ranker.scorers;
  if (!serving || !scorer) throw new Error('A question came before its snapshot');
  const { snapshot, prepared } = serving;
  const context = createFeatureContext(snapshot, features, tastes);
  say({ id, probabilities: (await scorer.score({ context, rows, prepared })) as Float32Array<ArrayBuffer> });
}

function say(message: ScoringThreadAnswer): void {
  parentPort?.postMessage(message, message === 'ready' ? [] : [message.probabilities.buffer]);
}
