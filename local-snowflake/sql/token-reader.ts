import { type SnowflakeError, syntaxError, unsupported } from '../errors.ts';
import { RESERVED_WORDS } from './reserved-words.ts';
import type { Statement } from './statement-syntax.ts';
import type { Expression, Query } from './syntax.ts';
import { type Token, tokenize } from './tokens.ts';

/** The rules that need each other: an expression may hold a query and the reverse, a task holds a statement. */
export interface Grammar {
  readonly query: (reader: TokenReader) => Query;
  readonly expression: (reader: TokenReader) => Expression;
  /** Reads a whole statement from a text of its own. */
  readonly statement: (sql: string) => Statement;
}

/** Reads the tokens of one statement from left to right. Words are compared in upper case. */
export class TokenReader {
  readonly sql: string;
  readonly grammar: Grammar;
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  #next = 0;
  #binds = 0;

  constructor(sql: string, grammar: Grammar) {
    this.sql = sql;
    this.grammar = grammar;
    this.#tokens = tokenize(sql);
    this.#end = this.#tokens.at(-1) as Token;
  }

  /** The token `ahead` places after the next one. */
  peek(ahead = 0): Token {
    return this.#tokens[this.#next + ahead] ?? this.#end;
  }

  take(): Token {
    const token = this.peek();
    this.#next += 1;
    return token;
  }

  /** The next token's number, for `rewind` and `textSince`. */
  mark(): number {
    return this.#next;
  }

  rewind(mark: number): void {
    this.#next = mark;
  }

  /** The source text from a mark up to the last token taken. */
  textSince(mark: number): string {
    const last = this.#tokens[this.#next - 1] ?? this.#end;
    return this.sql.slice((this.#tokens[mark] ?? this.#end).start, last.end);
  }

  /** The source text that has not been read yet, without a closing semicolon. */
  rest(): string {
    const text = this.sql.slice(this.peek().start).replace(/;\s*$/, '');
    this.#next = this.#tokens.length - 1;
    return text;
  }

  /** True when the next tokens are these words, or symbols. Quoted names never are words. */
  at(...words: string[]): boolean {
    return words.every((word, ahead) => {
      const token = this.peek(ahead);
      return (token.kind === 'word' || token.kind === 'symbol') && token.text === word;
    });
  }

  /** Takes these words when they come next. */
  accept(...words: string[]): boolean {
    if (!this.at(...words)) return false;
    this.#next += words.length;
    return true;
  }

  acceptOneOf(words: readonly string[]): string | undefined {
    return words.find((word) => this.accept(word));
  }

  /** @throws SnowflakeError unless these words come next. */
  expect(...words: string[]): void {
    for (const word of words) if (!this.accept(word)) throw this.unexpected();
  }

  /** A name: an unquoted one in upper case, a quoted one as written. */
  name(): string {
    const token = this.peek();
    if (token.kind !== 'word' && token.kind !== 'quoted') throw this.unexpected();
    this.#next += 1;
    return token.text;
  }

  /** A name of several parts, as in `database.schema.table`. Reserved words must be quoted. */
  qualifiedName(): string[] {
    const first = this.peek();
    if (first.kind === 'word' && RESERVED_WORDS.has(first.text)) throw this.unexpected();
    const parts = [this.name()];
    while (this.accept('.')) parts.push(this.name());
    return parts;
  }

  string(): string {
    if (this.peek().kind !== 'string') throw this.unexpected();
    return this.take().text;
  }

  number(): string {
    if (this.peek().kind !== 'number') throw this.unexpected();
    return this.take().text;
  }

  integer(): number {
    const value = Number(this.number());
    if (!Number.isInteger(value)) throw this.unexpected();
    return value;
  }

  /** `( item, item, … )`, at least one item. */
  list<T>(item: () => T): T[] {
    this.expect('(');
    const items = this.commaSeparated(item);
    this.expect(')');
    return items;
  }

  commaSeparated<T>(item: () => T): T[] {
    const items = [item()];
    while (this.accept(',')) items.push(item());
    return items;
  }

  /** The number of a bind from 1: a `?` counts on from the one before it. */
  bindIndex(token: Token): number {
    if (token.text !== '') return Number(token.text);
    this.#binds += 1;
    return this.#binds;
  }

  /** @throws SnowflakeError when something is left besides one semicolon. */
  finish(): void {
    this.accept(';');
    if (this.peek().kind !== 'end') throw this.unexpected();
  }

  unexpected(): SnowflakeError {
    return syntaxError(this.peek(), this.peek().text);
  }

  unsupported(construct: string): SnowflakeError {
    return unsupported(construct, this.peek());
  }
}
