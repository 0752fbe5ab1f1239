/**
 * Builds the image of deploy/Dockerfile without a container engine and runs it: its instructions, as they stand, in an
 * empty Debian root made by debootstrap, each into a layer of its own; then the ranker and the gateway in it as the
 * image's user, the root file system read-only, with the environment of deploy/spcs and of Snowflake. Prints the size of
 * each layer and holds deploy/README.md against it. Needs root, debootstrap and overlayfs. Usage: npm run image:rehearse
 * [-- Dockerfile]
 */
import { mkdirSync, mkdtempSync, readFileSync, rmdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { startServices } from '../loadtest/faults/services.ts';
import { makeBaseLayers } from './deployment/base-layers.ts';
import { createBuildContext } from './deployment/build-context.ts';
import { parseDockerfile } from './deployment/dockerfile.ts';
import { buildImage, type BuildNetwork, type BuiltImage } from './deployment/image-build.ts';
import { describeSizes, sizesOf, statedWrongly } from './deployment/layer-sizes.ts';
import { mountMemory } from './deployment/mounted-root.ts';
import { rehearseServices } from './deployment/rehearse-services.ts';

const ROOT = join(import.meta.dirname, '..');
const CACHE = join(ROOT, '.cache');
const CUSTOMERS = 300;
/** How the registry of packages is reached from here. */
const NETWORK_SETTINGS = /^(?:https?_proxy|no_proxy|npm_config_registry)$/i;

if (process.getuid?.() !== 0) throw new Error('It takes root: layers are mounted and the root is changed.');
mkdirSync(CACHE, { recursive: true });
const place = mkdtempSync(join(CACHE, 'image-'));
// In memory: some 1.5 GB of small files that nobody keeps. Only this process and what it starts see the mount.
const forget = mountMemory(place);
const started = performance.now();
const elapsed = (): string => `${((performance.now() - started) / 1000).toFixed(0)} s`;
try {
  const image = build();
  console.log(`\nBuilt after ${elapsed()}.\n`);
  const services = await startServices(CUSTOMERS);
  try {
    await rehearseServices({ image, place, settings: services.settings });
  } finally {
    await services.stop();
  }
  console.log(`Rehearsed after ${elapsed()}.`);
} finally {
  forget();
  rmdirSync(place);
}

function build(): BuiltImage {
  const stages = parseDockerfile(readFileSync(process.argv[2] ?? join(ROOT, 'deploy/Dockerfile'), 'utf8'));
  const base = makeBaseLayers(stages.at(-1)?.base ?? '', CACHE, place);
  console.log(`Base after ${elapsed()}: ${base.map(({ origin }) => origin).join('; ')}.`);
  const layers = join(place, 'l');
  mkdirSync(layers);
  const image = buildImage(stages, {
    context: createBuildContext(ROOT, readFileSync(join(ROOT, 'deploy/Dockerfile.dockerignore'), 'utf8')),
    base: base.map(({ folder }) => folder),
    place: layers,
    network: networkOfHere(),
  });
  const ofBase = base.map(({ folder, origin }) => ({ folder, step: `FROM ${origin.split(' ')[0] ?? ''}` }));
  const sizes = sizesOf([...ofBase, ...image.added]);
  console.log(`\n${describeSizes(sizes)}`);
  const problems = statedWrongly(readFileSync(join(ROOT, 'deploy/README.md'), 'utf8'), sizes);
  for (const problem of problems) console.error(`deploy/README.md: ${problem}`);
  if (problems.length > 0) process.exitCode = 1;
  return image;
}

function networkOfHere(): BuildNetwork {
  const environment = Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      NETWORK_SETTINGS.test(name) && value !== undefined ? [[name, value]] : [],
    ),
  );
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  const cache = process.env['npm_config_cache'] ?? join(homedir(), '.npm');
  mkdirSync(cache, { recursive: true });
  return {
    environment: {
      ...environment,
      npm_config_cache: '/run/npm',
      npm_config_prefer_offline: 'true',
      ...(certificates === undefined ? {} : { NODE_EXTRA_CA_CERTS: '/run/certificates.pem' }),
    },
    lent: [
      { source: '/etc/resolv.conf', target: 'etc/resolv.conf', mode: 'read-only' },
      { source: '/etc/hosts', target: 'etc/hosts', mode: 'read-only' },
      { source: cache, target: 'run/npm', mode: 'writable' },
      ...(certificates === undefined
        ? []
        : [{ source: certificates, target: 'run/certificates.pem', mode: 'read-only' } as const]),
    ],
  };
}
