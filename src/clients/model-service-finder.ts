import { OperatorError } from '../errors.ts';
import type { SnowflakeClient } from './snowflake-client.ts';

/** Where to look for a model service. */
export interface ModelServiceFinderOptions {
  readonly client: Pick<SnowflakeClient, 'query'>;
  /** `database.schema.name`; what is left out is the session's. */
  readonly service: string;
  /** True inside Snowflake, where the service is reached by its internal name; outside by its public endpoint. */
  readonly isInside: boolean;
  /** Milliseconds for one look, a login included. */
  readonly deadlineMs: number;
}

/** What Snowflake model serving calls its endpoint. */
const ENDPOINT_NAME = 'inference';
/** However often it is asked, Snowflake is asked once in so many milliseconds. */
const ANSWER_AGE_MS_MAX = 3000;

interface EndpointRow {
  readonly name: string;
  readonly port: string | number | null;
  readonly ingress_url: string | null;
}

/**
 * Creates a function that asks Snowflake for the address of a model service, for `createRankingServiceClient`.
 * The function rejects with an OperatorError when the service is not there or has no address yet, and as the client does.
 * @throws OperatorError when the name is none.
 */
export function createModelServiceFinder(options: ModelServiceFinderOptions): () => Promise<string> {
  const name = quotedName(options.service);
  let last: { readonly address: string; readonly at: number } | undefined;
  return async () => {
    if (last && performance.now() - last.at < ANSWER_AGE_MS_MAX) return last.address;
    const address = await findAddress(options, name);
    last = { address, at: performance.now() };
    return address;
  };
}

async function findAddress(
  { client, service, isInside, deadlineMs }: ModelServiceFinderOptions,
  name: string,
): Promise<string> {
  const endpoints = await client.query<EndpointRow>(
    { name: 'model_service_endpoints', text: `SHOW ENDPOINTS IN SERVICE ${name}`, binds: [] },
    deadlineMs,
  );
  const endpoint = endpoints.find((row) => row.name.toLowerCase() === ENDPOINT_NAME) ?? endpoints[0];
  if (!endpoint) throw new OperatorError(`The service ${service} of MODEL_SERVICE has no endpoint.`);
  return isInside ? internalAddress({ client, service, deadlineMs }, endpoint) : publicAddress(service, endpoint);
}

function publicAddress(service: string, { name, ingress_url: url }: EndpointRow): string {
  if (url === null || url === '') {
    throw new OperatorError(
      `The endpoint ${name} of ${service} is not public. Create the service with ingress_enabled=True, or run the gateway inside Snowflake.`,
    );
  }
  // Until it has an address it has a sentence.
  if (/\s/.test(url)) throw new OperatorError(`The endpoint ${name} of ${service} has no address yet: ${url}`);
  return /^https?:\/\//.test(url) ? url : `https://${url}`;
}

async function internalAddress(
  { client, service, deadlineMs }: Pick<ModelServiceFinderOptions, 'client' | 'service' | 'deadlineMs'>,
  { port }: EndpointRow,
): Promise<string> {
  const parts = partsOf(service);
  const like = (parts.at(-1) ?? '').replaceAll("'", "''");
  const schema = parts.length > 1 ? ` IN SCHEMA ${parts.slice(0, -1).map(quotedPart).join('.')}` : '';
  const services = await client.query<{ readonly name: string; readonly dns_name: string | null }>(
    { name: 'model_service', text: `SHOW SERVICES LIKE '${like}'${schema}`, binds: [] },
    deadlineMs,
  );
  // LIKE takes _ for any letter.
  const found = services.find(({ name }) => name.toUpperCase() === (parts.at(-1) ?? '').toUpperCase());
  if (!found?.dns_name)
    throw new OperatorError(`The service ${service} of MODEL_SERVICE has no name inside Snowflake.`);
  return `http://${found.dns_name}:${String(port ?? 5000)}`;
}

function quotedName(service: string): string {
  const parts = partsOf(service);
  if (parts.length > 3 || parts.some((part) => !/^[A-Za-z_][\w$]*$/.test(part))) {
    throw new OperatorError('MODEL_SERVICE must be the name of a service: name, schema.name or database.schema.name.');
  }
  return parts.map(quotedPart).join('.');
}

const partsOf = (service: string): string[] => service.split('.');
/** Names without quotes are upper case in Snowflake. */
const quotedPart = (part: string): string => `"${part.toUpperCase()}"`;
