import type { ApolloServerPlugin } from '@apollo/server';
import { HeaderMap } from '@apollo/server';
import {
  execute,
  type DocumentNode,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLSchema,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit';
import type { Logger } from '../logger.ts';
import type { GraphQLContext } from './context.ts';
import { formatExecutionError } from './error-format.ts';

/** A document is compiled when it comes back: compiling costs milliseconds and pays for itself after a few runs. */
const RUNS_BEFORE_COMPILING = 2;

type Variables = Readonly<Record<string, unknown>>;
type Execute = (context: GraphQLContext, variables: Variables) => Promise<ExecutionResult>;

interface Plan {
  runs: number;
  compiled: CompiledQuery | null | undefined;
}

/**
 * Runs every query here instead of in Apollo's executor: compiled by graphql-jit once a document has come back, by
 * graphql-js before that and where the compiler declines. Answers, error codes and HTTP status are the same either way.
 */
export function compiledExecutionPlugin(schema: GraphQLSchema, logger: Logger): ApolloServerPlugin<GraphQLContext> {
  const executorFor = createExecutors(schema);
  return {
    requestDidStart: () =>
      Promise.resolve({
        responseForOperation: async ({ document, operation, operationName, request, contextValue }) => {
          // Apollo's types forget that no operation may have been found; it then answers better than we could.
          const found = operation as OperationDefinitionNode | undefined;
          if (found?.operation !== OperationTypeNode.QUERY) return null;
          const run = executorFor(document, operationName);
          const result = await run(contextValue, request.variables ?? {});
          return {
            // Without data nothing ran: the variables did not fit, which is the client's mistake.
            http: { headers: new HeaderMap(), ...(!('data' in result) && { status: 400 }) },
            body: { kind: 'single' as const, singleResult: formatResult(result, contextValue, logger) },
          };
        },
      }),
  };
}

function formatResult(
  result: ExecutionResult,
  { requestId, servedBy }: GraphQLContext,
  logger: Logger,
): FormattedExecutionResult {
  const stores = servedBy && servedBy.size > 0 ? { extensions: { snowgate: { stores: [...servedBy].sort() } } } : null;
  if (!result.errors) return stores ? { data: result.data ?? null, ...stores } : (result as FormattedExecutionResult);
  const errors = result.errors.map((error) => formatExecutionError(error, requestId, logger));
  return 'data' in result ? { errors, data: result.data ?? null, ...stores } : { errors };
}

/** Plans hang on the document itself: when Apollo's document store lets a document go, its plans go with it. */
function createExecutors(schema: GraphQLSchema): (document: DocumentNode, operationName: string | null) => Execute {
  const plansByDocument = new WeakMap<DocumentNode, Map<string | null, Plan>>();
  return (document, operationName) => {
    const plans = plansByDocument.get(document) ?? new Map<string | null, Plan>();
    plansByDocument.set(document, plans);
    const plan = plans.get(operationName) ?? { runs: 0, compiled: undefined };
    plans.set(operationName, plan);
    plan.runs++;
    if (plan.compiled === undefined && plan.runs >= RUNS_BEFORE_COMPILING) {
      plan.compiled = compileOrNull(schema, document, operationName);
    }
    const interpreted: Execute = async (contextValue, variableValues) =>
      execute({ schema, document, contextValue, variableValues, operationName });
    const { compiled } = plan;
    if (!compiled) return interpreted;
    return async (context, variables) => {
      const result = await compiled.query(undefined, context, variables);
      // What GraphQL itself refuses is worded better, and marked as the client's mistake, by graphql-js.
      const isRefusal = result.errors?.some((error) => !error.originalError) ?? false;
      return isRefusal ? interpreted(context, variables) : result;
    };
  };
}

function compileOrNull(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null,
): CompiledQuery | null {
  const compiled = compileQuery(schema, document, operationName ?? undefined);
  return isCompiledQuery(compiled) ? compiled : null;
}
