import type { BuildContext } from './build-context.ts';
import type { DockerfileStage, DockerfileStep } from './dockerfile.ts';

/** What a Dockerfile is held against. */
export interface DockerfileFacts {
  /** The version of Node that development runs on. */
  readonly nodeVersion: string;
  readonly context: BuildContext;
}

interface Rule {
  readonly demand: string;
  readonly isBroken: (image: Image, facts: DockerfileFacts) => boolean;
}

interface Image {
  readonly stages: readonly DockerfileStage[];
  /** The last stage: what ships. */
  readonly shipped: readonly DockerfileStep[];
}

const SECRET_NAME = /PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL|PRIVATE|(?:^|_)(?:KEY|PAT|AUTH)(?:_|$)|_URL$/i;
const SECRET_VALUE = /:\/\/[^/\s]+@|-----BEGIN|_authToken/;
const PACKAGE_MANAGER = /\b(?:apt|apt-get|apk|dpkg|curl|wget|pip|yarn|pnpm)\b/;

/** What no general linter knows of this image. */
const RULES: readonly Rule[] = [
  {
    demand: 'Every stage begins with node:<the pinned version>-<Debian release>-slim.',
    isBroken: ({ stages }, { nodeVersion }) =>
      stages.some(({ base }) => !base.startsWith(`node:${nodeVersion}-`) || !/-[a-z]+-slim$/.test(base)),
  },
  {
    demand: 'All stages have the same base, so that one set of its layers is fetched.',
    isBroken: ({ stages }) => new Set(stages.map(({ base }) => base)).size > 1,
  },
  {
    demand: 'The image runs as a user that a host can tell is not root: USER with numbers, the last one not 0.',
    isBroken: ({ shipped }) => !/^[1-9]\d*:[1-9]\d*$/.test(last(shipped, 'USER')?.text ?? ''),
  },
  {
    demand: 'Nothing is copied or run as the user of the image: what it runs must not be its own to change.',
    isBroken: ({ shipped }) =>
      shipped.slice(shipped.findIndex(({ keyword }) => keyword === 'USER')).some(isWriting) ||
      shipped.some(({ flags }) => 'chown' in flags || 'chmod' in flags),
  },
  {
    demand: 'The root file system can be read-only: no VOLUME.',
    isBroken: ({ shipped }) => has(shipped, 'VOLUME'),
  },
  {
    demand: 'Nothing is installed in the stage that ships: no RUN.',
    isBroken: ({ shipped }) => has(shipped, 'RUN'),
  },
  {
    demand: 'Packages come by npm ci alone, from the lock file and without scripts.',
    isBroken: ({ stages }) =>
      runsOf(stages).some(
        ({ text }) =>
          PACKAGE_MANAGER.test(text) ||
          (/\bnpm\b/.test(text) && !/^npm ci(?: --[\w-]+(?:=\w+)?)*$/.test(text)) ||
          (/\bnpm ci\b/.test(text) && !text.includes(' --ignore-scripts')),
      ),
  },
  {
    demand: 'The packages that ship are installed with --omit=dev and --omit=optional.',
    isBroken: ({ stages, shipped }) => {
      const sources = copies(shipped).filter(({ text }) => /\bnode_modules\b/.test(text));
      const installs = runsOf(stages.filter(({ name }) => sources.some(({ flags }) => flags['from'] === name)));
      return (
        sources.length === 0 ||
        sources.some(({ flags }) => flags['from'] === undefined) ||
        installs.length === 0 ||
        installs.some(({ text }) => !text.includes(' --omit=dev') || !text.includes(' --omit=optional'))
      );
    },
  },
  {
    demand: 'Nothing is added from elsewhere: COPY from the context or from an earlier stage, no ADD.',
    isBroken: ({ stages }) =>
      stages.some(
        ({ steps }, place) =>
          has(steps, 'ADD') ||
          copies(steps).some(
            ({ flags: { from } }) => from !== undefined && !stages.slice(0, place).some(({ name }) => name === from),
          ),
      ),
  },
  {
    demand: 'What is copied from the context is there, and the .dockerignore lets it in.',
    isBroken: ({ stages }, { context }) =>
      stages
        .flatMap(({ steps }) => copies(steps))
        .filter(({ flags }) => flags['from'] === undefined)
        .some(({ words }) => words.slice(0, -1).some((path) => !context.has(path))),
  },
  {
    demand: 'The build sees no tests, settings, data, history or packages of the machine that builds.',
    isBroken: (_image, { context }) =>
      ['.env', '.git', 'data', 'node_modules', 'test', 'web/dist', 'rendered'].some((path) => context.has(path)) ||
      context.filesAt('src').some((path) => /\.test\.ts$|\/fixtures\//.test(path)),
  },
  {
    demand: 'No secret is an ARG, an ENV or a LABEL, nor stands in a command: it would be kept in a layer.',
    isBroken: ({ stages }) =>
      stages
        .flatMap(({ steps }) => steps)
        .some(({ properties, text }) => SECRET_VALUE.test(text) || properties.some(([name]) => SECRET_NAME.test(name))),
  },
  {
    demand: 'ENV says NODE_ENV=production, and the address and port to listen on.',
    isBroken: ({ shipped }) => {
      const set = new Map(shipped.filter(({ keyword }) => keyword === 'ENV').flatMap(({ properties }) => properties));
      return set.get('NODE_ENV') !== 'production' || set.get('HOST') !== '0.0.0.0' || !set.has('PORT');
    },
  },
  {
    demand: 'The exposed port is the one of ENV, and no port of root.',
    isBroken: ({ shipped }) => {
      const port = shipped.flatMap(({ properties }) => properties).find(([name]) => name === 'PORT')?.[1];
      return last(shipped, 'EXPOSE')?.text !== port || Number(port) < 1024;
    },
  },
  {
    demand: 'HEALTHCHECK asks /healthz by a program of the image, without a shell, and has a timeout.',
    isBroken: ({ shipped }) => {
      const check = last(shipped, 'HEALTHCHECK');
      return !check?.isExec || check.words[0] !== 'node' || !check.text.includes('/healthz') || !check.flags['timeout'];
    },
  },
  {
    demand: 'ENTRYPOINT and CMD are lists, so that SIGTERM reaches node and no shell.',
    isBroken: ({ shipped }) =>
      last(shipped, 'ENTRYPOINT')?.words[0] !== 'node' ||
      ['ENTRYPOINT', 'CMD'].some((keyword) => !last(shipped, keyword)?.isExec),
  },
];

/** The demands on the image that a Dockerfile does not meet; none when all is well. */
export function brokenDemands(stages: readonly DockerfileStage[], facts: DockerfileFacts): string[] {
  const image = { stages, shipped: stages.at(-1)?.steps ?? [] };
  return RULES.filter(({ isBroken }) => isBroken(image, facts)).map(({ demand }) => demand);
}

/** How many demands there are, so that a test can tell that it breaks each. @internal for its test. */
export const DEMANDS: readonly string[] = RULES.map(({ demand }) => demand);

function last(steps: readonly DockerfileStep[], keyword: string): DockerfileStep | undefined {
  return steps.findLast((step) => step.keyword === keyword);
}

function has(steps: readonly DockerfileStep[], keyword: string): boolean {
  return last(steps, keyword) !== undefined;
}

function copies(steps: readonly DockerfileStep[]): DockerfileStep[] {
  return steps.filter(({ keyword }) => keyword === 'COPY');
}

function runsOf(stages: readonly DockerfileStage[]): DockerfileStep[] {
  return stages.flatMap(({ steps }) => steps.filter(({ keyword }) => keyword === 'RUN'));
}

function isWriting({ keyword }: DockerfileStep): boolean {
  return keyword === 'COPY' || keyword === 'ADD' || keyword === 'RUN';
}
