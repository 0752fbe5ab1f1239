import { groupByKey } from '../batching/align.ts';
import {
  createRequestLoader,
  type BatchSource,
  type OnServed,
  type RequestLoader,
} from '../batching/request-loader.ts';
import { decodeCursor, encodeCursor, toConnection, type Connection } from '../pagination.ts';
import { requireInRange } from './arguments.ts';
import { createStatementSource, type SourceDependencies } from './sources.ts';

/** One product bought at one moment. */
export interface PurchaseRow {
  readonly event_id: string;
  readonly customer_id: string;
  readonly event_type: 'order_complete' | 'pos_purchase';
  readonly occurred_at: Date;
  /** The moment with all its digits: microseconds since 1970, in text. */
  readonly occurred_micros: string;
  readonly product_id: string | null;
  readonly quantity: number;
  /** Exact decimal. */
  readonly unit_price: string | null;
  readonly currency: string;
}

interface PurchasePageRow extends PurchaseRow {
  readonly page: string;
}

interface PageKey {
  readonly customerId: string;
  readonly afterMicros: string | null;
  readonly afterId: string | null;
  readonly rowsMax: number;
}

/** Process-wide source of purchase pages. */
export type PurchaseSource = BatchSource<PageKey, readonly PurchaseRow[]>;

const pageText = (key: PageKey): string => JSON.stringify([key.customerId, key.afterMicros, key.afterId, key.rowsMax]);

/** Creates it: pages of many customers in one statement, each with its own cursor and size. */
export function createPurchaseSource(dependencies: SourceDependencies): PurchaseSource {
  return createStatementSource<PageKey, PurchasePageRow, readonly PurchaseRow[]>(dependencies, {
    statement: 'purchases_by_customers',
    keyText: pageText,
    parameters: (keys) => [
      keys.map((key) => key.customerId),
      keys.map((key) => key.afterMicros),
      keys.map((key) => key.afterId),
      keys.map((key) => key.rowsMax),
    ],
    align: (rows, keyTexts) => groupByKey(rows, (row) => keyTexts[Number(row.page) - 1] ?? '', keyTexts),
  });
}

const LIST = 'purchases';
const MICROS = /^\d{1,17}$/;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What customers bought, one instance per request. */
export class PurchasesDataSource {
  readonly #byPage: RequestLoader<PageKey, readonly PurchaseRow[]>;

  constructor(source: PurchaseSource, onServed?: OnServed) {
    this.#byPage = createRequestLoader('purchasesByCustomerPage', source, pageText, onServed);
  }

  /** One page, newest first. @throws BadUserInputError for a page size or cursor that cannot be used. */
  async ofCustomer(customerId: string, first: number, after?: string | null): Promise<Connection<PurchaseRow>> {
    requireInRange('first', first, 1, 100);
    const cursor = decodeCursor('after', LIST, [MICROS, UUID], after);
    const [afterMicros = null, afterId = null] = cursor ?? [];
    const rows = (await this.#byPage.load({ customerId, afterMicros, afterId, rowsMax: first + 1 })) ?? [];
    return toConnection(rows, {
      first,
      hasPreviousPage: cursor !== null,
      cursorOf: (purchase) => encodeCursor(LIST, [purchase.occurred_micros, purchase.event_id]),
    });
  }
}
