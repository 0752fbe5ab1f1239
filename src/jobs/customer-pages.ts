/** What a statement that pages through customers by their ids is asked to go on after at first. */
export const BEFORE_ALL_CUSTOMERS = '-9223372036854775808';

const CUSTOMERS_PER_READ = 2000;

/**
 * The rows of all customers, a page of them at a time, by customer id ascending: memory does not grow with customers.
 * @param read Reads at most so many rows after a customer id, one a customer; none ends the pages.
 */
export async function* customerPages<Row extends { readonly customer_id: string }>(
  read: (after: string, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row[], undefined> {
  for (let after = BEFORE_ALL_CUSTOMERS; ;) {
    const page = await read(after, CUSTOMERS_PER_READ);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    after = last.customer_id;
  }
}
