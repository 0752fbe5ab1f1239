import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A layer that a base image brings. */
export interface BaseLayer {
  readonly folder: string;
  readonly origin: string;
}

const USER_ENTRY = 'node:x:1000:1000::/home/node:/bin/bash\n';
const GROUP_ENTRY = 'node:x:1000:\n';

/**
 * What `node:<version>-<release>-slim` brings, made here, because there is no registry of images: Debian's minimal
 * system by debootstrap, kept under `cache`, and over it this machine's Node and npm and the user node.
 * @throws Error when this Node is another version than the image's.
 */
export function makeBaseLayers(image: string, cache: string, place: string): BaseLayer[] {
  const [, version, release] = /^node:([\d.]+)-([a-z]+)-slim$/.exec(image) ?? [];
  if (version === undefined || release === undefined) throw new Error(`${image} is no node:<version>-<release>-slim.`);
  if (process.versions.node !== version)
    throw new Error(
      `The image has Node ${version}, this is ${process.versions.node}: run it by npm run image:rehearse.`,
    );
  const debian = debianLayer(release, cache);
  return [
    { folder: debian, origin: `Debian ${release} by debootstrap, variant minbase, without manuals` },
    { folder: nodeLayer(debian, join(place, 'node')), origin: `Node ${version} of the npm package node, npm of here` },
  ];
}

function debianLayer(release: string, cache: string): string {
  const folder = join(cache, `debian-${release}`);
  const { status } = spawnSync(join(import.meta.dirname, '../debian-root.sh'), [release, folder], { stdio: 'inherit' });
  if (status !== 0)
    throw new Error('debootstrap failed. It takes root, a mirror of Debian and apt-get install debootstrap.');
  return folder;
}

function nodeLayer(debian: string, folder: string): string {
  const npm = dirname(dirname(npmProgram()));
  mkdirSync(join(folder, 'usr/local/bin'), { recursive: true });
  mkdirSync(join(folder, 'home/node'), { recursive: true });
  mkdirSync(join(folder, 'etc'));
  cpSync(process.execPath, join(folder, 'usr/local/bin/node'));
  cpSync(npm, join(folder, 'usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', join(folder, 'usr/local/bin/npm'));
  // An engine mounts its own over them.
  for (const file of ['resolv.conf', 'hosts']) writeFileSync(join(folder, 'etc', file), '');
  for (const [file, entry] of [
    ['passwd', USER_ENTRY],
    ['group', GROUP_ENTRY],
  ] as const) {
    writeFileSync(join(folder, 'etc', file), readFileSync(join(debian, 'etc', file)));
    appendFileSync(join(folder, 'etc', file), entry);
  }
  return folder;
}

function npmProgram(): string {
  const program = process.env['npm_execpath'];
  if (program === undefined) throw new Error('Run it by npm run image:rehearse: npm tells where it is.');
  return program;
}
