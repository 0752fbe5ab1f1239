import type { Expression } from '../sql/syntax.ts';

const VOLATILE = new Set(['RANDOM', 'UNIFORM', 'UUID_STRING', 'RANDSTR', 'SEQ4', 'SEQ8']);

/** True when an expression gives another value each time it is computed. Queries inside it are not looked into. */
export function isVolatile(expression: Expression): boolean {
  if (expression.kind === 'call' && VOLATILE.has(expression.name)) return true;
  return partsOf(expression).some(isVolatile);
}

/** The expressions directly inside an expression, without those of queries. */
function partsOf(expression: Expression): Expression[] {
  const parts: (Expression | undefined)[] = [];
  switch (expression.kind) {
    case 'call':
      return expression.args.map(({ value }) => value);
    case 'unary':
    case 'cast':
    case 'is':
      return [expression.operand];
    case 'binary':
    case 'distinct':
      return [expression.left, expression.right];
    case 'between':
      return [expression.operand, expression.low, expression.high];
    case 'in':
      return [expression.operand, ...('body' in expression.items ? [] : expression.items)];
    case 'like':
      return [expression.operand, ...expression.patterns];
    case 'case':
      parts.push(expression.operand, expression.otherwise);
      for (const { when, then } of expression.branches) parts.push(when, then);
      return parts.filter((part) => part !== undefined);
    case 'path':
      return [expression.operand];
    case 'tuple':
      return [...expression.items];
    case 'bind':
    case 'boolean':
    case 'column':
    case 'exists':
    case 'interval':
    case 'null':
    case 'number':
    case 'position':
    case 'star':
    case 'string':
    case 'subquery':
    case 'variable':
      return [];
  }
}
