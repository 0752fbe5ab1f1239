import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ErrorObject } from 'ajv/dist/2020.js';
import { parseDocument } from 'yaml';

const SCHEMA_FILE = join(import.meta.dirname, '../../deploy/spcs/specification.schema.json');
const UNIT_BYTES: Readonly<Record<string, number>> = { M: 1e6, Mi: 2 ** 20, G: 1e9, Gi: 2 ** 30 };

interface Amounts {
  readonly cpu: number | string;
  readonly memory: string;
}

/** A specification that fits the schema, as far as its parts refer to each other. */
interface Specification {
  readonly spec: {
    readonly containers: readonly {
      readonly name: string;
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
      readonly secrets?: readonly { readonly envVarName?: string }[];
      readonly env?: Readonly<Record<string, unknown>>;
      readonly resources: { readonly requests: Amounts; readonly limits: Amounts };
    }[];
    readonly endpoints?: readonly { readonly name: string; readonly port?: number }[];
    readonly volumes?: readonly { readonly name: string }[];
  };
  readonly serviceRoles?: readonly { readonly name: string; readonly endpoints: readonly string[] }[];
}

/** Says what is wrong with a service specification, one sentence a problem; an empty list when nothing is. */
export type CheckSpecification = (text: string) => string[];

/**
 * Checks service specifications by deploy/spcs/specification.schema.json, then whether what they refer to is there.
 * @param variables what CREATE SERVICE … USING gives to templates, by name.
 */
export function createSpecificationCheck(variables: Readonly<Record<string, string>>): CheckSpecification {
  const schema = JSON.parse(readFileSync(SCHEMA_FILE, 'utf8')) as object;
  // Optional parts are closed by `if`, which names no type of its own.
  const fits = new Ajv2020({ allErrors: true, strict: true, strictTypes: false, strictRequired: false }).compile(
    schema,
  );
  return (text) => {
    const unknown: string[] = [];
    const filled = text.replaceAll(/\{\{\s*(.*?)\s*\}\}/g, (_, name: string) => {
      const value = variables[name];
      if (value === undefined) unknown.push(`The template wants ${name}, which nobody gives it.`);
      return value ?? 'x';
    });
    const document = parseDocument(filled, { uniqueKeys: true });
    const broken = document.errors.map(({ message }) => message);
    if (broken.length > 0) return [...unknown, ...broken];
    const specification: unknown = document.toJS();
    if (!fits(specification)) return [...unknown, ...(fits.errors ?? []).map(sentence)];
    return [...unknown, ...danglingReferences(specification as Specification)];
  };
}

function sentence({ instancePath, message = '', params }: ErrorObject): string {
  const detail = Object.entries(params as Record<string, unknown>)
    .filter(([name]) => /^(additionalProperty|allowedValues|propertyName)$/.test(name))
    .map(([, value]) => ` (${String(value)})`)
    .join('');
  return `${instancePath || '/'} ${message}${detail}.`;
}

function danglingReferences({ spec, serviceRoles = [] }: Specification): string[] {
  const { containers, endpoints = [], volumes = [] } = spec;
  const namesOf = (parts: readonly { readonly name: string }[]): string[] => parts.map(({ name }) => name);
  const has = (parts: readonly { readonly name: string }[], name: string): boolean => namesOf(parts).includes(name);
  return [
    ...[containers, endpoints, volumes, serviceRoles].flatMap((parts) =>
      repeated(namesOf(parts)).map((name) => `${name} is named twice.`),
    ),
    ...repeated(endpoints.map(({ port }) => String(port))).map((port) => `Port ${port} has two endpoints.`),
    ...serviceRoles.flatMap(({ name, endpoints: granted }) =>
      granted.filter((endpoint) => !has(endpoints, endpoint)).map((no) => `${name} grants ${no}, no endpoint.`),
    ),
    ...containers.flatMap((container) => [
      ...(container.volumeMounts ?? [])
        .filter(({ name }) => !has(volumes, name))
        .map(({ name }) => `${container.name} mounts ${name}, no volume.`),
      ...repeated((container.volumeMounts ?? []).map(({ mountPath }) => mountPath)).map(
        (path) => `${container.name} mounts two volumes at ${path}.`,
      ),
      ...repeated([
        ...Object.keys(container.env ?? {}),
        ...(container.secrets ?? []).flatMap(({ envVarName }) => envVarName ?? []),
      ]).map((name) => `${container.name} is given ${name} twice.`),
      ...excess(container.resources).map((what) => `${container.name} requests more ${what} than its limit.`),
    ]),
  ];
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, place) => names.indexOf(name) !== place))];
}

function excess({ requests, limits }: Specification['spec']['containers'][number]['resources']): string[] {
  return [
    ...(cores(requests.cpu) > cores(limits.cpu) ? ['CPU'] : []),
    ...(bytes(requests.memory) > bytes(limits.memory) ? ['memory'] : []),
  ];
}

function cores(amount: number | string): number {
  return typeof amount === 'number' ? amount : Number(amount.replace('m', '')) / 1000;
}

function bytes(amount: string): number {
  const [, count = '', unit = ''] = /^(\d+)(.+)$/.exec(amount) ?? [];
  return Number(count) * (UNIT_BYTES[unit] ?? NaN);
}
