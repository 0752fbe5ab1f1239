import type { ApolloServerPlugin } from '@apollo/server';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  getDirectiveValues,
  type GraphQLError,
  type GraphQLSchema,
  type ValidationContext,
  type ValidationRule,
} from 'graphql';
import { getComplexity, simpleEstimator, type ComplexityEstimator } from 'graphql-query-complexity';
import { OperationTooComplexError } from '../errors.ts';
import type { GraphQLContext } from './context.ts';
import { toGraphQLError } from './error-format.ts';

/** What an operation may be at most. */
export interface OperationLimits {
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly costMax: number;
}

/** No list argument multiplies by more: a longer list is refused by its data source, with the argument's name. */
const MULTIPLIER_MAX = 100;

/** Rules for depth and aliases; they run once per document, together with validation. */
export function limitRules({ depthMax, aliasesMax }: OperationLimits): ValidationRule[] {
  // The rules' own messages name the limit and what was found; only their code has to become ours.
  const refusal = {
    propagateOnRejection: false,
    onReject: [
      (context: ValidationContext | null, error: GraphQLError): void => {
        const message = error.message.replace(/^Syntax Error: /, '');
        context?.reportError(toGraphQLError(new OperationTooComplexError(message)));
      },
    ],
  };
  return [maxDepthRule({ n: depthMax, ...refusal }), maxAliasesRule({ n: aliasesMax, ...refusal })] as ValidationRule[];
}

/**
 * Refuses an operation whose cost exceeds the limit, before anything runs. A field costs 1, or what `@complexity` says;
 * list arguments multiply the cost of what is below them.
 */
export function costLimitPlugin(
  schema: GraphQLSchema,
  { costMax }: OperationLimits,
): ApolloServerPlugin<GraphQLContext> {
  const estimators = [complexityEstimator(schema), simpleEstimator({ defaultComplexity: 1 })];
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operationName, request }) => {
          const cost = costOf(() =>
            getComplexity({
              schema,
              estimators,
              query: document,
              variables: request.variables ?? {},
              ...(operationName !== null && { operationName }),
            }),
          );
          if (cost > costMax) {
            throw toGraphQLError(
              new OperationTooComplexError(
                `The operation costs ${String(cost)}; at most ${String(costMax)} is allowed. Ask for fewer items or fields.`,
              ),
            );
          }
          return Promise.resolve();
        },
      }),
  };
}

/** Variables that do not fit the operation are reported by execution, with better words. */
function costOf(measure: () => number): number {
  try {
    return measure();
  } catch {
    return 0;
  }
}

function complexityEstimator(schema: GraphQLSchema): ComplexityEstimator {
  const directive = schema.getDirective('complexity');
  if (!directive) throw new Error('The schema does not declare @complexity');
  return ({ field, args, childComplexity }) => {
    const declared = field.astNode && getDirectiveValues(directive, field.astNode);
    if (!declared) return undefined;
    const names = (declared['multipliers'] ?? []) as readonly string[];
    const multiplier = names.reduce((product, name) => product * multiplierOf(args[name]), 1);
    return (Number(declared['value']) + childComplexity) * multiplier;
  };
}

function multiplierOf(argument: unknown): number {
  const size = Array.isArray(argument) ? argument.length : Number(argument ?? 1);
  return Math.min(Math.max(size, 1), MULTIPLIER_MAX);
}
