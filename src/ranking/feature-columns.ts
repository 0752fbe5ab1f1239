import type { FeatureContext } from './feature-context.ts';
import { PRODUCT_AXES, PRODUCT_KEYS, type Feature, type Term, type WeightedTerm } from './features.ts';
import type { ForestFeature, ProductColumns, RequestColumn } from './forest/columns.ts';
import type { RegionSnapshot } from './snapshot.ts';

/** Rows for a model, row-major, a column per feature; NaN is a missing value. */
export interface FeatureMatrix {
  readonly values: Float32Array;
  readonly rowCount: number;
}

/** Rows of a sum that are added up together. */
const ROWS_AT_A_TIME = 2048;
/** From so many products on a category fills blocks of its own. */
const CATEGORIES_FIRST_FROM = 50_001;

/** Computes features for some rows of the context's snapshot, in the order of `rows`. */
export function fillFeatures(features: readonly Feature[], context: FeatureContext, rows: Int32Array): FeatureMatrix {
  const width = features.length;
  const values = new Float32Array(rows.length * width);
  features.forEach((feature, column) => {
    const read = readerOf(feature, context);
    for (let index = 0, cell = column; index < rows.length; index += 1, cell += width) {
      values[cell] = read(rows[index] as number);
    }
  });
  return { values, rowCount: rows.length };
}

/** What the forest engine has to know of the features before it sees a snapshot. */
export function forestFeaturesOf(features: readonly Feature[]): ForestFeature[] {
  return features.map((feature): ForestFeature => {
    switch (feature.kind) {
      case 'key':
        return { kind: 'key', key: feature.key };
      case 'axis':
        return { kind: 'axis', axis: feature.axis };
      case 'sum':
        return { kind: 'dense' };
      case 'customer':
      case 'product':
      case 'sparse':
        return { kind: feature.kind };
    }
  });
}

/** What the forest engine has to know of a snapshot. */
export function productColumnsOf(features: readonly Feature[], snapshot: RegionSnapshot): ProductColumns {
  const { productCount, categoryCodes } = snapshot;
  const products = new Map<number, ArrayLike<number>>();
  features.forEach((feature, index) => {
    if (feature.kind === 'product') products.set(index, feature.columnOf(snapshot));
    if (feature.kind === 'sum') products.set(index, commonColumnOf(feature.terms, snapshot));
  });
  return {
    productCount,
    products,
    keys: columnsByName(PRODUCT_KEYS, snapshot),
    axes: columnsByName(PRODUCT_AXES, snapshot),
    similarity: productCount < CATEGORIES_FIRST_FROM ? [] : [categoryCodes],
  };
}

/** One customer, as the forest engine wants it. */
export function requestColumnsOf(features: readonly Feature[], context: FeatureContext): RequestColumn[] {
  return features.map((feature): RequestColumn => {
    switch (feature.kind) {
      case 'customer':
        return { kind: 'customer', value: feature.valueOf(context) };
      case 'product':
        return { kind: 'product' };
      case 'key':
        return { kind: 'key', values: feature.tableOf(context) };
      case 'axis':
        return { kind: 'axis', valueOf: feature.functionOf(context) };
      case 'sparse':
        return { kind: 'sparse', otherwise: feature.otherwise, values: touchedRows(feature, context) };
      case 'sum':
        return { kind: 'dense', values: sumColumnOf(feature.terms, context) };
    }
  });
}

/** Does the work of a request once, so that reading a row is a lookup. */
function readerOf(feature: Feature, context: FeatureContext): (row: number) => number {
  switch (feature.kind) {
    case 'customer': {
      const value = feature.valueOf(context);
      return () => value;
    }
    case 'sparse': {
      const valueByRow = new Map(touchedRows(feature, context));
      return (row) => valueByRow.get(row) ?? feature.otherwise;
    }
    case 'sum': {
      const readers = feature.terms.map((term) => weightedReaderOf(term, context));
      return (row) => readers.reduce((sum, read) => sum + read(row), 0);
    }
    case 'product':
    case 'key':
    case 'axis':
      return termReaderOf(feature, context);
  }
}

/** Adds what a term contributes to some rows of a column, from one on and before another. */
type AddTerm = (sums: Float64Array, start: number, end: number) => void;

/** For all products: loops over arrays alone are many times as fast as calls by row, and few rows at a time stay near. */
function sumColumnOf(terms: readonly WeightedTerm[], context: FeatureContext): Float64Array {
  const sums = new Float64Array(context.snapshot.productCount);
  const adders = terms.map((term) => adderOf(term, context));
  for (let start = 0; start < sums.length; start += ROWS_AT_A_TIME) {
    const end = Math.min(start + ROWS_AT_A_TIME, sums.length);
    for (const add of adders) add(sums, start, end);
  }
  return sums;
}

function adderOf({ weight, term }: WeightedTerm, context: FeatureContext): AddTerm {
  const { snapshot } = context;
  switch (term.kind) {
    case 'match':
      return columnAdder(weight, term.valuesOf(context));
    case 'product':
      return columnAdder(weight, term.columnOf(snapshot));
    case 'key':
      return tableAdder(weight, term.tableOf(context), PRODUCT_KEYS[term.key](snapshot));
    case 'axis':
      return functionAdder(weight, term.functionOf(context), PRODUCT_AXES[term.axis](snapshot));
  }
}

/** What a sum has in common for all customers: its terms that depend on the product alone. */
function commonColumnOf(terms: readonly WeightedTerm[], snapshot: RegionSnapshot): Float64Array {
  const sums = new Float64Array(snapshot.productCount);
  for (const { weight, term } of terms) {
    if (term.kind === 'product') columnAdder(weight, term.columnOf(snapshot))(sums, 0, sums.length);
  }
  return sums;
}

function columnAdder(weight: number, column: ArrayLike<number>): AddTerm {
  return (sums, start, end) => {
    for (let row = start; row < end; row += 1) sums[row] = (sums[row] as number) + weight * (column[row] as number);
  };
}

function tableAdder(weight: number, table: ArrayLike<number>, codes: Uint16Array): AddTerm {
  const weighted = Float64Array.from(table, (value) => weight * value);
  return (sums, start, end) => {
    for (let row = start; row < end; row += 1) {
      sums[row] = (sums[row] as number) + (weighted[codes[row] as number] as number);
    }
  };
}

function functionAdder(weight: number, valueOf: (value: number) => number, numbers: Float64Array): AddTerm {
  return (sums, start, end) => {
    for (let row = start; row < end; row += 1) {
      sums[row] = (sums[row] as number) + weight * valueOf(numbers[row] as number);
    }
  };
}

/** What a term adds to its sum, by row. */
export function weightedReaderOf({ weight, term }: WeightedTerm, context: FeatureContext): (row: number) => number {
  const read = termReaderOf(term, context);
  return (row) => weight * read(row);
}

function termReaderOf(term: Term, context: FeatureContext): (row: number) => number {
  const { snapshot } = context;
  switch (term.kind) {
    case 'match': {
      const values = term.valuesOf(context);
      return (row) => values[row] as number;
    }
    case 'product': {
      const column = term.columnOf(snapshot);
      return (row) => column[row] as number;
    }
    case 'key': {
      const table = term.tableOf(context);
      const codes = PRODUCT_KEYS[term.key](snapshot);
      return (row) => table[codes[row] as number] as number;
    }
    case 'axis': {
      const valueOf = term.functionOf(context);
      const numbers = PRODUCT_AXES[term.axis](snapshot);
      return (row) => valueOf(numbers[row] as number);
    }
  }
}

/** The products that the region keeps among those that a sparse feature names. */
function touchedRows(
  { valuesOf }: Extract<Feature, { readonly kind: 'sparse' }>,
  context: FeatureContext,
): [row: number, value: number][] {
  return Object.entries(valuesOf(context)).flatMap(([productId, value]) => {
    const row = context.snapshot.rowOf(productId);
    return row === undefined ? [] : [[row, value]];
  });
}

function columnsByName(
  columns: Readonly<Record<string, (snapshot: RegionSnapshot) => ArrayLike<number>>>,
  snapshot: RegionSnapshot,
): Record<string, ArrayLike<number>> {
  return Object.fromEntries(Object.entries(columns).map(([name, columnOf]) => [name, columnOf(snapshot)]));
}
