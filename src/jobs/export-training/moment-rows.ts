import { Random } from '../demo-data/random.ts';
import type { TrainingExport } from './export-training.ts';
import type { CaseRow, KnownCase, MomentReader } from './moment-reader.ts';
import { propensityMatrix } from './propensity-rows.ts';
import { daysAfter, LABEL_DAYS, PROPENSITY_LABEL_DAYS } from './training-moments.ts';
import { trainingRows } from './training-rows.ts';

/**
 * Columns before the features. moment: place among the moments. customer: counts the customers of a moment. product:
 * place in the catalog by product id. label: 1 when bought afterwards. events: how many the customer had. For the test
 * moment only, elsewhere 0: neighbours, a score by similar products; oracle and bound, see PurchaseTruth.
 */
export const RANKING_HEAD = ['moment', 'customer', 'product', 'label', 'events', 'neighbours', 'oracle', 'bound'];

/** Columns before the features; category: its code. */
export const PROPENSITY_HEAD = ['moment', 'customer', 'category', 'label', 'events'];

interface BuyerRow extends CaseRow {
  readonly product_ids: readonly string[];
}

interface PropensityCaseRow extends CaseRow {
  readonly category_ids: readonly string[];
}

/**
 * Appends the rows of one moment for the ranking model: all candidates at the last moment, a draw of them before.
 * @returns the ids of the customers that they are about, in the order of their numbers.
 */
export async function exportRankingRows(
  job: TrainingExport,
  index: number,
  reader: MomentReader,
): Promise<readonly string[]> {
  const moment = job.moments[index] as Date;
  const isTest = index === job.moments.length - 1;
  const placeById = new Map(job.productIds.map((id, place) => [id, place]));
  const random = new Random(job.seed, 'training negatives', moment.getTime() / 1000);
  const limit = isTest ? job.testCustomers : job.customersPerMoment;
  const window = [moment, daysAfter(moment, LABEL_DAYS), String(job.seed), limit];
  const buyers = await reader.read<BuyerRow>('training_customers', window);
  job.progress.step(`Rows of ${moment.toISOString().slice(0, 10)}`, buyers.length);
  const customerIds: string[] = [];
  for await (const cases of reader.known(buyers)) {
    for (const known of cases) {
      job.progress.advance(1);
      const boughtProductIds = known.row.product_ids;
      const found = trainingRows({ ...known, boughtProductIds }, isTest ? 'all' : job.negatives, random);
      if (!found) continue;
      const { rows, labels, values } = found;
      const products = Float32Array.from(rows, (row) => placeById.get(known.snapshot.productIds[row] as string) ?? NaN);
      const same = (value: number): Float32Array => new Float32Array(rows.length).fill(value);
      const opinions = isTest ? await testOpinions(job, moment, known, rows, reader) : [same(0), same(0), same(0)];
      const head = [same(index), same(customerIds.length), products, labels, same(known.events), ...opinions];
      await job.ranking.write(head, values);
      customerIds.push(known.row.customer_id);
    }
  }
  return customerIds;
}

/** What others than the model think of the rows: neighbours, the oracle, the bound. */
async function testOpinions(
  job: TrainingExport,
  moment: Date,
  known: KnownCase<BuyerRow>,
  rows: Int32Array,
  reader: MomentReader,
): Promise<Float32Array[]> {
  const neighbours = await reader.neighbourScores(known);
  const truth = job.truth?.(known.row.customer_id, moment);
  const rateOf = (rates: Float64Array | undefined) => (row: number) =>
    rates?.[Number(known.snapshot.productIds[row])] ?? 0;
  return [
    Float32Array.from(rows, (row) => neighbours[row] as number),
    Float32Array.from(rows, rateOf(truth?.oracle)),
    Float32Array.from(rows, rateOf(truth?.bound)),
  ];
}

/** Appends a row per customer and category for the propensity model. */
export async function exportPropensityRows(job: TrainingExport, index: number, reader: MomentReader): Promise<void> {
  const moment = job.moments[index] as Date;
  const window = [moment, daysAfter(moment, PROPENSITY_LABEL_DAYS), String(job.seed), job.propensityCustomers];
  const { categoryIds } = reader.catalog;
  let customer = 0;
  for await (const cases of reader.known(await reader.read<PropensityCaseRow>('propensity_cases', window))) {
    for (const known of cases) {
      const bought = new Set(known.row.category_ids);
      const same = (value: number): Float32Array => new Float32Array(categoryIds.length).fill(value);
      const labels = categoryIds.map((id) => Number(bought.has(id)));
      const head = [same(index), same(customer), categoryIds.map((_, code) => code), labels, same(known.events)];
      await job.propensity.write(head, propensityMatrix({ ...known, snapshot: reader.catalog }));
      customer += 1;
    }
  }
}
