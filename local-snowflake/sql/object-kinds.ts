import type { TokenReader } from './token-reader.ts';

/** The kinds of objects that are recorded by name, with what SHOW calls several of them. */
const OBJECT_KINDS: Readonly<Record<string, string>> = {
  DATABASE: 'DATABASES',
  SCHEMA: 'SCHEMAS',
  ROLE: 'ROLES',
  'DATABASE ROLE': 'DATABASE ROLES',
  USER: 'USERS',
  WAREHOUSE: 'WAREHOUSES',
  TASK: 'TASKS',
  STREAM: 'STREAMS',
  ALERT: 'ALERTS',
  FUNCTION: 'USER FUNCTIONS',
  STAGE: 'STAGES',
  SECRET: 'SECRETS',
  'COMPUTE POOL': 'COMPUTE POOLS',
  SERVICE: 'SERVICES',
  'IMAGE REPOSITORY': 'IMAGE REPOSITORIES',
  'NETWORK RULE': 'NETWORK RULES',
  'NETWORK POLICY': 'NETWORK POLICIES',
  'EXTERNAL ACCESS INTEGRATION': 'EXTERNAL ACCESS INTEGRATIONS',
  'SECURITY INTEGRATION': 'SECURITY INTEGRATIONS',
  'API INTEGRATION': 'API INTEGRATIONS',
  'NOTIFICATION INTEGRATION': 'NOTIFICATION INTEGRATIONS',
  'AUTHENTICATION POLICY': 'AUTHENTICATION POLICIES',
  'POSTGRES INSTANCE': 'POSTGRES INSTANCES',
  'RESOURCE MONITOR': 'RESOURCE MONITORS',
};

/** The kinds that live in a schema; the others but schemas and database roles live in the account. */
export const SCHEMA_OBJECT_KINDS = new Set([
  'TASK',
  'ALERT',
  'FUNCTION',
  'STAGE',
  'SECRET',
  'SERVICE',
  'IMAGE REPOSITORY',
  'NETWORK RULE',
  'AUTHENTICATION POLICY',
]);

/** Takes the name of a kind, the longest that fits. */
export function acceptObjectKind(reader: TokenReader): string | undefined {
  return longestFirst(Object.keys(OBJECT_KINDS)).find((kind) => reader.accept(...kind.split(' ')));
}

const UNRECORDED_KINDS = ['TABLE', 'VIEW', 'DYNAMIC TABLE', 'INTEGRATION'];

/** Whether there are objects of this kind, recorded or not. */
export function isObjectKind(name: string): boolean {
  return name in OBJECT_KINDS || UNRECORDED_KINDS.includes(name) || name === 'HYBRID TABLE';
}

/** The kind that a text such as `COMPUTE POOL p` begins with. */
export function leadingKind(text: string): string | undefined {
  const kinds = [...Object.keys(OBJECT_KINDS), ...UNRECORDED_KINDS];
  return longestFirst(kinds).find((kind) => text.startsWith(`${kind} `));
}

/** Takes a kind as SHOW names it. */
export function acceptShownKind(reader: TokenReader): string | undefined {
  const others = { TABLE: 'TABLES', 'HYBRID TABLE': 'HYBRID TABLES', 'DYNAMIC TABLE': 'DYNAMIC TABLES', VIEW: 'VIEWS' };
  const more = {
    COLUMN: 'COLUMNS',
    INDEX: 'INDEXES',
    'PRIMARY KEY': 'PRIMARY KEYS',
    GRANT: 'GRANTS',
    PARAMETER: 'PARAMETERS',
    ENDPOINT: 'ENDPOINTS',
  };
  const kinds = Object.entries({ ...OBJECT_KINDS, ...others, ...more });
  return kinds
    .sort(([, one], [, other]) => other.length - one.length)
    .find(([, shown]) => reader.accept(...shown.split(' ')))?.[0];
}

const longestFirst = (kinds: string[]) => kinds.sort((one, other) => other.length - one.length);
