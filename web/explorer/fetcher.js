/* global document, URL */
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { Kind, parse } from 'graphql';

/**
 * Sends questions to the gateway that the page came from. The address is relative to the page, so that the explorer
 * also works behind a proxy that puts a prefix before every path.
 */
export function createFetcher() {
  const send = createGraphiQLFetcher({ url: new URL('graphql', document.baseURI).href });
  return (params, options) => send({ ...params, operationName: operationToRun(params) }, options);
}

/**
 * The operation that the text holds. GraphiQL learns its name a moment after a tab was opened; whoever presses play
 * before that would send the name of the tab before.
 */
function operationToRun({ query, operationName }) {
  const names = operationNames(query);
  return names.length === 1 ? names[0] : operationName;
}

/** Names of the operations of a document; none when it does not parse, so that the gateway says what is wrong. */
function operationNames(query) {
  try {
    const operations = parse(query).definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION);
    return operations.map(({ name }) => name?.value);
  } catch {
    return [];
  }
}
