import { describe, expect, it } from 'vitest';
import { UpstreamTimeoutError, UpstreamUnavailableError } from '../errors.ts';
import { SnowflakeError, toSnowflakeError, toUpstreamError } from './snowflake-errors.ts';

function driverError(fields: Readonly<Record<string, unknown>>): Error {
  return Object.assign(new Error('What the driver says\nand advises'), fields);
}

describe('toSnowflakeError', () => {
  it.each([
    ['session', { code: 407002, sqlState: '08003' }],
    ['session', { code: 401004 }],
    ['session', { code: '390114' }],
    ['session', { code: 401002, response: { statusCode: 401 } }],
    ['network', { code: 401001, cause: driverError({ code: 'ECONNRESET' }) }],
    ['network', { code: 402002 }],
    ['broken', { code: 401001, cause: new SyntaxError('Unexpected end of JSON input') }],
    ['broken', {}],
    ['busy', { code: 401002, response: { statusCode: 503 } }],
    ['busy', { code: 401002, response: { statusCode: 429 } }],
    ['down', { code: 401002, response: { statusCode: 403 } }],
    ['down', { code: '000606', sqlState: '57P03' }],
    ['late', { code: '000630', sqlState: '57014' }],
    ['late', { code: '000604' }],
    ['statement', { code: '002003', sqlState: '42S02' }],
    ['statement', { code: '200001', sqlState: '22000' }],
    ['statement', { code: 409008 }],
  ])('knows a %s failure by %j', (failure, fields) => {
    expect(toSnowflakeError(driverError(fields)).failure).toBe(failure);
  });

  it('keeps what helps to look it up and drops requests, responses and data', () => {
    const error = toSnowflakeError(
      driverError({ code: '002003', sqlState: '42S02', data: { queryId: 'id', secret: 's' }, response: { body: 's' } }),
    );
    expect(Object.fromEntries([...Object.entries(error), ['message', error.message]])).toEqual({
      name: 'SnowflakeError',
      failure: 'statement',
      message: '002003: What the driver says',
      code: '002003',
      sqlState: '42S02',
      queryId: 'id',
    });
  });
});

describe('toUpstreamError', () => {
  it('translates what is not about the statement, with the cause', () => {
    const away = new SnowflakeError('network', 'away');
    expect(toUpstreamError(away)).toBeInstanceOf(UpstreamUnavailableError);
    expect(toUpstreamError(away)).toMatchObject({ cause: away });
    expect(toUpstreamError(new SnowflakeError('late', 'late'))).toBeInstanceOf(UpstreamTimeoutError);
  });

  it('passes errors in the statement and those of others', () => {
    for (const error of [
      new SnowflakeError('statement', 'typo'),
      new UpstreamTimeoutError(),
      new TypeError('defect'),
    ]) {
      expect(toUpstreamError(error)).toBe(error);
    }
  });
});
