import type { IncomingMessage } from 'node:http';
import { gunzipSync } from 'node:zlib';

/** Bodies beyond this are no statement of a driver. */
const BYTES_MAX = 64 * 1024 * 1024;

export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * The JSON object of a request, gunzipped when it is compressed, whatever the header says; an empty body is `{}`.
 * @throws Error when it is too big or no JSON object.
 */
export async function readJson(request: IncomingMessage): Promise<JsonObject> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BYTES_MAX) throw new Error('The request body is too big.');
    chunks.push(chunk);
  }
  const body = Buffer.concat(chunks);
  if (body.length === 0) return {};
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const parsed: unknown = JSON.parse((isGzip ? gunzipSync(body) : body).toString('utf8'));
  if (!isObject(parsed)) throw new Error('The request body is no JSON object.');
  return parsed;
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A member of a JSON object that is an object; empty when it is none. */
export function objectIn(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** A member of a JSON object that is text. */
export function textIn(object: JsonObject, key: string): string | undefined {
  const value = object[key];
  return typeof value === 'string' ? value : undefined;
}
