import type { Statement } from '../sql/statement-syntax.ts';
import { parseStatement } from '../sql/statements.ts';
import type { Session } from './session.ts';

const ENTRIES_MAX = 1000;

/** Statements that were read and queries that were translated before; bound statements come again and again. */
export class TranslationCache {
  readonly #statements = new Map<string, Statement>();
  readonly #texts = new Map<string, string>();

  /** @throws SnowflakeError when the text is no statement that this server knows. */
  statement(sql: string): Statement {
    const known = this.#statements.get(sql);
    if (known) return known;
    const statement = parseStatement(sql);
    remember(this.#statements, sql, statement);
    return statement;
  }

  get(sql: string, session: Session, version: number): string | undefined {
    return this.#texts.get(keyOf(sql, session, version));
  }

  set(sql: string, session: Session, version: number, text: string): void {
    remember(this.#texts, keyOf(sql, session, version), text);
  }
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > ENTRIES_MAX && oldest !== undefined) map.delete(oldest);
}

const keyOf = (sql: string, { id, user, role, warehouse, database, schema }: Session, version: number) =>
  JSON.stringify([
    sql,
    sql.toUpperCase().includes('CURRENT_SESSION') ? id : '',
    user,
    role,
    warehouse,
    database,
    schema,
    version,
  ]);
