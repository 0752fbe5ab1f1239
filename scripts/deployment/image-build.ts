import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join, posix } from 'node:path';
import type { BuildContext } from './build-context.ts';
import type { DockerfileStage, DockerfileStep } from './dockerfile.ts';
import { mountRoot, runInside } from './mounted-root.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Files that one instruction left, as a folder that is laid over those before. */
export interface ImageLayer {
  readonly folder: string;
  /** The instruction as it stands in the Dockerfile. */
  readonly step: string;
}

/** What a build ends with. */
export interface BuiltImage {
  /** All layers, those of the base first. */
  readonly folders: readonly string[];
  /** Those that the last stage adds to its base. */
  readonly added: readonly ImageLayer[];
  readonly environment: Readonly<Record<string, string>>;
  readonly workingFolder: string;
  readonly user: string;
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  readonly healthCheck: readonly string[];
}

/** With what a build is made. */
export interface BuildOptions {
  readonly context: BuildContext;
  /** The layers of what stages begin with when it is no earlier stage. */
  readonly base: readonly string[];
  /** An empty folder for the layers. */
  readonly place: string;
  /** Lets RUN use the network in this machine's way; no part of the image. */
  readonly network: BuildNetwork;
}

/** What RUN is lent of this machine. */
export interface BuildNetwork {
  readonly environment: Readonly<Record<string, string>>;
  /** Files and folders of this machine, and where they are seen inside. */
  readonly lent: readonly {
    readonly source: string;
    readonly target: string;
    readonly mode: 'read-only' | 'writable';
  }[];
}

type Draft = { -readonly [Part in keyof BuiltImage]: BuiltImage[Part] };

/**
 * Carries out the instructions of a Dockerfile, stage by stage, each into a layer of its own.
 * @throws Error on an instruction that is not known here, and when one fails.
 */
export function buildImage(stages: readonly DockerfileStage[], options: BuildOptions): BuiltImage {
  const named = new Map<string, BuiltImage>();
  let image: BuiltImage | undefined;
  for (const stage of stages) {
    const start = named.get(stage.base);
    const draft: Draft = {
      folders: start?.folders ?? options.base,
      added: [],
      environment: start?.environment ?? { PATH },
      workingFolder: start?.workingFolder ?? '/',
      user: start?.user ?? '0:0',
      entrypoint: [],
      command: [],
      healthCheck: [],
    };
    for (const step of stage.steps) carryOut(step, draft, { ...options, named });
    image = draft;
    if (stage.name !== null) named.set(stage.name, image);
  }
  if (!image) throw new Error('There is no stage.');
  return image;
}

interface Surroundings extends BuildOptions {
  readonly named: ReadonlyMap<string, BuiltImage>;
}

function carryOut(step: DockerfileStep, draft: Draft, surroundings: Surroundings): void {
  switch (step.keyword) {
    case 'WORKDIR':
      draft.workingFolder = posix.resolve(draft.workingFolder, step.text);
      return;
    case 'ENV':
      for (const [name, value] of step.properties) draft.environment = { ...draft.environment, [name]: value ?? '' };
      return;
    case 'USER':
      draft.user = step.text;
      return;
    case 'ENTRYPOINT':
      draft.entrypoint = step.words;
      return;
    case 'CMD':
      draft.command = step.words;
      return;
    case 'HEALTHCHECK':
      draft.healthCheck = step.words;
      return;
    case 'EXPOSE':
      return;
    case 'COPY':
      addLayer(step, draft, surroundings, (folder) => copy(step, folder, draft, surroundings));
      return;
    case 'RUN':
      addLayer(step, draft, surroundings, (folder) => run(step, folder, draft, surroundings));
      return;
    default:
      throw new Error(`Line ${step.line}: ${step.keyword} is not known here. Teach scripts/deployment/image-build.ts.`);
  }
}

function addLayer(step: DockerfileStep, draft: Draft, { place }: BuildOptions, fill: (folder: string) => void): void {
  const flags = Object.entries(step.flags).map(([name, value]) => `--${name}=${value} `);
  const layer = {
    folder: join(place, String(readdirSync(place).length)),
    step: `${step.keyword} ${flags.join('')}${step.text}`,
  };
  mkdirSync(join(layer.folder, draft.workingFolder), { recursive: true });
  fill(layer.folder);
  draft.folders = [...draft.folders, layer.folder];
  draft.added = [...draft.added, layer];
}

function run(
  { text, words, isExec, flags, line }: DockerfileStep,
  folder: string,
  draft: Draft,
  { place, network }: Surroundings,
) {
  if (Object.keys(flags).length > 0) throw new Error(`Line ${line}: flags of RUN are not known here.`);
  const root = mountRoot(draft.folders, join(place, `${basename(folder)}.mount`), folder);
  try {
    for (const { source, target, mode } of network.lent) root.bind(source, target, mode);
    runInside(root, isExec ? words : ['/bin/sh', '-c', text], {
      user: draft.user,
      workingFolder: draft.workingFolder,
      environment: { HOME: '/tmp', ...draft.environment, ...network.environment },
    });
  } finally {
    root.unmount();
  }
}

function copy({ words, flags, line }: DockerfileStep, folder: string, draft: Draft, surroundings: Surroundings): void {
  const { context, named, place } = surroundings;
  const [target = '', ...backwards] = words.toReversed();
  const sources = backwards.toReversed();
  const destination = join(folder, posix.resolve(draft.workingFolder, target));
  const intoFolder = target.endsWith('/') || sources.length > 1;
  const from = flags['from'];
  if (from === undefined) {
    for (const source of sources) copyFromContext(context, source, { destination, intoFolder });
    return;
  }
  const stage = named.get(from);
  if (!stage) throw new Error(`Line ${line}: there is no stage ${from}.`);
  const root = mountRoot(stage.folders, join(place, `${basename(folder)}.mount`));
  try {
    for (const source of sources) copyTree(join(root.folder, source), { destination, intoFolder });
  } finally {
    root.unmount();
  }
}

interface Destination {
  readonly destination: string;
  readonly intoFolder: boolean;
}

function copyFromContext(context: BuildContext, source: string, { destination, intoFolder }: Destination): void {
  const files = context.filesAt(source);
  if (files.length === 0) throw new Error(`COPY ${source}: the context has nothing there.`);
  const isFolder = statSync(join(context.folder, source)).isDirectory();
  for (const file of files) {
    const path = isFolder ? posix.relative(source, file) : intoFolder ? basename(file) : '';
    const copied = join(destination, path);
    mkdirSync(dirname(copied), { recursive: true });
    cpSync(join(context.folder, file), copied);
    // Git keeps no other modes, and the user of the image must be able to read.
    chmodSync(copied, statSync(copied).mode & 0o111 ? 0o755 : 0o644);
  }
}

/** By cp, which keeps links and modes of tens of thousands of files in seconds. */
function copyTree(source: string, { destination, intoFolder }: Destination): void {
  if (!existsSync(source)) throw new Error(`COPY: the stage has no ${source}.`);
  const isFolder = statSync(source).isDirectory();
  mkdirSync(isFolder || intoFolder ? destination : dirname(destination), { recursive: true });
  const { status } = spawnSync('cp', ['--archive', isFolder ? `${source}/.` : source, destination], {
    stdio: 'inherit',
  });
  if (status !== 0) throw new Error(`COPY from ${source} failed.`);
}
