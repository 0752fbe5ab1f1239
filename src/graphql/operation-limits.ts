import type { ApolloServerPlugin } from '@apollo/server';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  type DocumentNode,
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
  const costOf = createCostMeter(schema);
  return {
    requestDidStart: () =>
      Promise.resolve({
        didResolveOperation: ({ document, operationName, request }) => {
          const cost = costOf(document, operationName, request.variables ?? {});
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

type Variables = Readonly<Record<string, unknown>>;

/** Measured costs kept per document; a client that varies its numbers without end starts over. */
const SHAPES_MAX = 100;

/** The cost of an operation, measured once per document and shape of its variables. */
function createCostMeter(
  schema: GraphQLSchema,
): (document: DocumentNode, operationName: string | null, variables: Variables) => number {
  const estimators = [complexityEstimator(schema), simpleEstimator({ defaultComplexity: 1 })];
  const measure = (query: DocumentNode, operationName: string | null, variables: Variables): number | null => {
    try {
      return getComplexity({ schema, estimators, query, variables, ...(operationName !== null && { operationName }) });
    } catch {
      // Variables that do not fit are reported by execution, with better words; others of their shape may fit.
      return null;
    }
  };
  const costsByDocument = new WeakMap<DocumentNode, Map<string, number>>();
  return (document, operationName, variables) => {
    const costs = costsByDocument.get(document) ?? new Map<string, number>();
    costsByDocument.set(document, costs);
    const shape = `${operationName ?? ''} ${shapeOf(variables)}`;
    const known = costs.get(shape);
    if (known !== undefined) return known;
    const cost = measure(document, operationName, variables);
    if (cost === null) return 0;
    if (costs.size >= SHAPES_MAX) costs.clear();
    costs.set(shape, cost);
    return cost;
  };
}

/** All that cost can depend on: numbers, truth values and lengths of lists. Ids and other texts do not matter. */
function shapeOf(value: unknown): string {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${String(value.length)}]`;
  if (typeof value !== 'object' || value === null) return typeof value;
  return `{${Object.entries(value)
    .map(([key, child]) => `${key}:${shapeOf(child)}`)
    .join()}}`;
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
