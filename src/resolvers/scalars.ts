import { GraphQLScalarType, Kind } from 'graphql';

/** A moment in UTC. Answers ISO 8601 with milliseconds; not accepted as input yet, because no argument takes one. */
export const DateTime = new GraphQLScalarType<Date, string>({
  name: 'DateTime',
  serialize(moment) {
    if (moment instanceof Date) return moment.toISOString();
    throw new TypeError('DateTime cannot represent a value that is not a Date');
  },
  parseValue(text) {
    const moment = new Date(String(text));
    if (Number.isNaN(moment.getTime())) throw new TypeError('DateTime must be ISO 8601 text');
    return moment;
  },
});

const DECIMAL = /^-?\d+(\.\d+)?$/;

/** An exact decimal number as text. Accepts text, and numbers written in the document, which are exact text too. */
export const Decimal = new GraphQLScalarType<string, string>({
  name: 'Decimal',
  serialize: (amount) => String(amount),
  parseValue: (amount) => parseDecimal(amount),
  parseLiteral(node) {
    if (node.kind !== Kind.STRING && node.kind !== Kind.INT && node.kind !== Kind.FLOAT) {
      throw new TypeError('Decimal must be text like "19.90"');
    }
    return parseDecimal(node.value);
  },
});

function parseDecimal(amount: unknown): string {
  if (typeof amount !== 'string' || !DECIMAL.test(amount)) throw new TypeError('Decimal must be text like "19.90"');
  return amount;
}
