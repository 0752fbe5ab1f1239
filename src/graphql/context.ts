import type { DataSources } from '../datasources/data-sources.ts';
import type { Viewer } from './viewer.ts';

/** Everything a resolver may use. Built once per operation; closed and readonly on purpose. */
export interface GraphQLContext {
  /** Unique per request; clients see it in internal errors and can quote it. */
  readonly requestId: string;
  readonly viewer: Viewer;
  readonly dataSources: DataSources;
  /**
   * The stores that have answered the statements which this operation waited for; undefined where one store alone serves.
   * What came from a cache adds none.
   */
  readonly servedBy?: ReadonlySet<string> | undefined;
}
