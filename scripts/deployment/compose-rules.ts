import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { parseDockerfile } from './dockerfile.ts';

/** As far as we look into it; that it is a compose file at all is checked by another's parser. */
interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string; readonly target?: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: object;
  readonly network_mode?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly volumes?: readonly string[];
}

/** What a compose file is held against. */
export interface ComposeFacts {
  /** The folder of the compose file, from which its paths go. */
  readonly folder: string;
  /** The names of our settings. */
  readonly settings: readonly string[];
  /** How long the gateway may take to stop by default. */
  readonly shutdownTimeoutMs: number;
}

/** Says what is wrong with a compose file that no parser can know, one sentence a problem. */
export function composeProblems(text: string, facts: ComposeFacts): string[] {
  const { services, volumes = {} } = parse(text) as {
    services: Readonly<Record<string, ComposeService>>;
    volumes?: Readonly<Record<string, unknown>>;
  };
  return [
    ...unexplainedVariables(text),
    ...Object.entries(services).flatMap(([name, service]) => [
      ...imageProblems(name, service),
      ...buildProblems(name, service, facts),
      ...portProblems(name, service),
      ...referenceProblems(name, service, services, facts),
      ...(service.volumes ?? [])
        .map((volume) => volume.split(':')[0] ?? '')
        .filter((volume) => !(volume in volumes))
        .map((volume) => `${name} keeps data in ${volume}, no volume of the file.`),
    ]),
  ];
}

/** `${NAME}` alone becomes an empty text when nobody sets it. */
function unexplainedVariables(text: string): string[] {
  return [...text.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => `${name} has neither a default nor a message.`);
}

function imageProblems(name: string, { image, build }: ComposeService): string[] {
  if (image === undefined) return build ? [] : [`${name} has neither an image nor a build.`];
  const [, tag] = /:([\w.-]+)$/.exec(image) ?? [];
  return tag === undefined || tag === 'latest' ? [`${name} names no version of its image.`] : [];
}

function buildProblems(name: string, service: ComposeService, { folder, settings, shutdownTimeoutMs }: ComposeFacts) {
  const { build } = service;
  if (!build) return [];
  const file = join(folder, build.context, build.dockerfile);
  if (!existsSync(file)) return [`${name} is built from ${build.dockerfile}, which is not there.`];
  const stages = parseDockerfile(readFileSync(file, 'utf8'));
  const isGateway = build.dockerfile === 'deploy/Dockerfile';
  const unknown = Object.keys(service.environment ?? {}).filter((setting) => !settings.includes(setting));
  return [
    ...(build.target === undefined || stages.some((stage) => stage.name === build.target)
      ? []
      : [`${name} is built up to ${build.target}, no stage of ${build.dockerfile}.`]),
    ...(isGateway ? unknown.map((setting) => `${name} is given ${setting}, no setting.`) : []),
    ...(isGateway && seconds(service.stop_grace_period ?? '10s') * 1000 <= shutdownTimeoutMs
      ? [`${name} is killed before it may have finished.`]
      : []),
    ...confinementProblems(name, service),
  ];
}

/** What we build needs no rights and writes no files. */
function confinementProblems(name: string, service: ComposeService): string[] {
  const isConfined =
    service.read_only === true &&
    service.cap_drop?.includes('ALL') === true &&
    service.security_opt?.includes('no-new-privileges:true') === true;
  return isConfined ? [] : [`${name} could run read-only, without capabilities and without new privileges.`];
}

function portProblems(name: string, { ports = [] }: ComposeService): string[] {
  return ports
    .filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))
    .map((port) => `${name} opens ${port} to other machines.`);
}

function referenceProblems(
  name: string,
  { depends_on: needed = {}, network_mode: mode }: ComposeService,
  services: Readonly<Record<string, ComposeService>>,
  { folder }: ComposeFacts,
): string[] {
  const shared = /^service:(.+)$/.exec(mode ?? '')?.[1];
  const missing = [...Object.keys(needed), ...(shared === undefined ? [] : [shared])].filter(
    (other) => !services[other],
  );
  const unwatched = Object.entries(needed)
    .filter(([other, { condition }]) => condition === 'service_healthy' && !isWatched(services[other], folder))
    .map(([other]) => other);
  return [
    ...missing.map((other) => `${name} needs ${other}, which is not there.`),
    ...unwatched.map((other) => `${name} waits for the health of ${other}, which nobody checks.`),
  ];
}

function isWatched(service: ComposeService | undefined, folder: string): boolean {
  if (!service) return true;
  if (service.healthcheck) return true;
  if (!service.build) return false;
  const file = readFileSync(join(folder, service.build.context, service.build.dockerfile), 'utf8');
  return (
    parseDockerfile(file)
      .at(-1)
      ?.steps.some(({ keyword }) => keyword === 'HEALTHCHECK') === true
  );
}

function seconds(duration: string): number {
  const [, count = '', unit = ''] = /^(\d+)(s|m)$/.exec(duration) ?? [];
  return Number(count) * (unit === 'm' ? 60 : 1);
}
