import { randomUUID } from 'node:crypto';
import type { ApolloServer } from '@apollo/server';
import type { RequestsInFlight } from '../../batching/requests-in-flight.ts';
import type { GraphQLContext } from '../../graphql/context.ts';
import { fromOperationError, type RestError } from './rest-error.ts';

/** The operations of schema/operations that the REST routes ask. */
export const REST_OPERATIONS = [
  'recommend',
  'customer-rows',
  'customer-recommendations',
  'predicted-affinity',
] as const;

export type RestOperation = (typeof REST_OPERATIONS)[number];

/** What an operation answered. Fields that failed are null in `data`, each with an error at its path. */
export interface OperationAnswer<Data> {
  /** Null when nothing could be answered. */
  readonly data: Data | null;
  readonly errors: readonly OperationFailure[];
}

/** An error of an operation. */
export interface OperationFailure {
  readonly path: readonly (string | number)[];
  readonly error: RestError;
}

/** Asks a named operation the way a client of `/graphql` does: same limits, same viewer, same log line. */
export type RunOperation = <Data>(operation: RestOperation, variables: object) => Promise<OperationAnswer<Data>>;

/** What operations run with. */
export interface NamedOperationsOptions {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly requestsInFlight: RequestsInFlight;
  readonly createContext: (requestId: string) => GraphQLContext;
  /** Text of each operation. */
  readonly operations: Readonly<Record<RestOperation, string>>;
}

/** Binds the operations to the started server. */
export function createRunOperation(options: NamedOperationsOptions): RunOperation {
  const { apollo, requestsInFlight, createContext, operations } = options;
  return async <Data>(operation: RestOperation, variables: object): Promise<OperationAnswer<Data>> => {
    const leave = requestsInFlight.enter();
    try {
      const { body } = await apollo.executeOperation(
        { query: operations[operation], variables: { ...variables } },
        { contextValue: createContext(randomUUID()) },
      );
      if (body.kind !== 'single') throw new Error(`The operation ${operation} was answered in parts`);
      const { data, errors = [] } = body.singleResult;
      return {
        data: (data ?? null) as Data | null,
        errors: errors.map(({ message, path = [], extensions }) => ({
          path,
          error: fromOperationError({ message, code: extensions?.['code'] }),
        })),
      };
    } finally {
      leave();
    }
  };
}

/** The error that concerns a place of the answer: at the place itself, below it, or above it. */
export function errorAt(
  errors: readonly OperationFailure[],
  path: readonly (string | number)[],
): RestError | undefined {
  const concerns = ({ path: failed }: OperationFailure): boolean =>
    path.every((step, index) => index >= failed.length || failed[index] === step);
  return errors.find(concerns)?.error;
}
