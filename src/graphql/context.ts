import type { DataSources } from '../datasources/data-sources.ts';
import type { Viewer } from './viewer.ts';

/** Everything a resolver may use. Built once per operation; closed and readonly on purpose. */
export interface GraphQLContext {
  /** Unique per request; clients see it in internal errors and can quote it. */
  readonly requestId: string;
  readonly viewer: Viewer;
  readonly dataSources: DataSources;
}
