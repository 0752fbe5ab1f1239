import { describe, expect, it } from 'vitest';
import { OperatorError } from '../errors.ts';
import { parseModelEndpoint } from './ranking-endpoint.ts';

describe('parseModelEndpoint', () => {
  it.each([
    ['http://ranking.abcd.svc.spcs.internal:5000', 'http://ranking.abcd.svc.spcs.internal:5000/predict-proba'],
    ['https://abc-org-acct.snowflakecomputing.app/', 'https://abc-org-acct.snowflakecomputing.app/predict-proba'],
    ['http://127.0.0.1:5000/predict-proba', 'http://127.0.0.1:5000/predict-proba'],
    ['https://gateway.example.com/ranking/predict-proba', 'https://gateway.example.com/ranking/predict-proba'],
  ])('reads %s', (text, href) => {
    expect(parseModelEndpoint(text).href).toBe(href);
  });

  it.each([
    ['', /must look like/],
    ['ranking:5000', /must look like/],
    ['ftp://ranking/', /must look like/],
    ['https://user:planted@ranking', /without a password/],
    ['http://ranking:5000/predict', /gives classes/],
    ['http://ranking:5000/predict/', /gives classes/],
  ])('refuses %j and does not repeat it', (text, problem) => {
    const parse = () => parseModelEndpoint(text);
    expect(parse).toThrow(OperatorError);
    expect(parse).toThrow(problem);
    expect(parse).not.toThrow(/planted/);
  });
});
