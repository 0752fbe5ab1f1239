/** Where in a statement something is: `line` from 1, `column` from 0, as Snowflake counts. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** An error as Snowflake reports it to a driver. `message` is the whole text; `place` is there for compilation errors. */
export class SnowflakeError extends Error {
  override readonly name = 'SnowflakeError';
  readonly code: string;
  readonly sqlState: string;
  readonly place: Place | undefined;

  constructor(
    code: string,
    sqlState: string,
    message: string,
    { place, ...options }: ErrorOptions & { place?: Place | undefined } = {},
  ) {
    super(message, options);
    this.code = code;
    this.sqlState = sqlState;
    this.place = place;
  }
}

/** The text cannot be read at `place`; `found` is what stands there. */
export function syntaxError(place: Place, found: string): SnowflakeError {
  return new SnowflakeError(
    '001003',
    '42000',
    `SQL compilation error:\nsyntax error line ${place.line} at position ${place.column} unexpected '${found}'.`,
    { place },
  );
}

/** A construct of Snowflake that this server does not execute, named in the message. */
export function unsupported(construct: string, place?: Place): SnowflakeError {
  return new SnowflakeError('000002', '0A000', `SQL compilation error:\nUnsupported feature '${construct}'.`, {
    place,
  });
}

/** A rule of the SQL language is broken. */
export function compilationError(message: string, place?: Place): SnowflakeError {
  return new SnowflakeError('002014', '42601', `SQL compilation error:\n${message}`, { place });
}

/** A function that this server does not know. */
export function unknownFunction(name: string, place: Place): SnowflakeError {
  return new SnowflakeError('002140', '42601', `SQL compilation error:\nUnknown function ${name}`, { place });
}

/** A name that no column has. */
export function invalidIdentifier(name: string, place?: Place): SnowflakeError {
  const where = place ? `error line ${place.line} at position ${place.column}\n` : '';
  return new SnowflakeError('000904', '42000', `SQL compilation error: ${where}invalid identifier '${name}'`, {
    place,
  });
}

/** An object that is not there; `kind` as Snowflake writes it: Table, Schema, Object. */
export function doesNotExist(kind: string, name: string): SnowflakeError {
  const sqlState = kind === 'Database' || kind === 'Schema' ? '02000' : '42S02';
  return new SnowflakeError(
    '002003',
    sqlState,
    `SQL compilation error:\n${kind} '${name}' does not exist or not authorized.`,
  );
}

/** An object that is there already. */
export function alreadyExists(name: string): SnowflakeError {
  return new SnowflakeError('002002', '42710', `SQL compilation error:\nObject '${name}' already exists.`);
}
