import { check } from 'k6';
import http from 'k6/http';

/** A named operation of schema/operations with the variables of one request. */
export interface Request {
  /** File name without `.graphql`; also the tag `operation` of the metrics. */
  readonly operation: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

interface GraphQLAnswer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string }[];
}

/** Text of a named operation. Only while k6 loads the script: files cannot be read later. */
export function readOperation(operation: string): string {
  return open(import.meta.resolve(`../../schema/operations/${operation}.graphql`));
}

/** Sends the request to GATEWAY_URL and checks that every root field of the answer holds data. */
export function send(document: string, { operation, variables }: Request): void {
  const response = http.post(
    `${__ENV['GATEWAY_URL'] ?? 'http://localhost:4000'}/graphql`,
    JSON.stringify({ query: document, variables }),
    { headers: { 'content-type': 'application/json' }, tags: { operation, name: operation } },
  );
  const answer = response.status === 200 ? (response.json() as unknown as GraphQLAnswer) : {};
  check(
    answer,
    {
      'answers without errors': () => response.status === 200 && answer.errors === undefined,
      'every root field holds data': ({ data }) =>
        data !== undefined && data !== null && Object.values(data).every((value) => value !== null),
    },
    { operation },
  );
}
