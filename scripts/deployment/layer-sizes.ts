import { spawnSync } from 'node:child_process';

/** How much a layer holds, in megabytes of a million bytes, as registries count before they compress. */
export interface LayerSize {
  readonly step: string;
  readonly megabytes: number;
}

/** A document may be wrong by as much, because packages change with every build. */
const TOLERANCE = 0.15;
/** Below this nobody cares. */
const NEGLIGIBLE_MB = 0.5;

/** Measures folders by the bytes of their files. @throws Error when one cannot be read. */
export function sizesOf(layers: readonly { readonly step: string; readonly folder: string }[]): LayerSize[] {
  return layers.map(({ step, folder }) => {
    const { stdout, status } = spawnSync('du', ['--summarize', '--apparent-size', '--block-size=1', folder], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${folder} cannot be measured.`);
    return { step, megabytes: Number.parseInt(stdout, 10) / 1e6 };
  });
}

/** A Markdown table, the sum in its last line. */
export function describeSizes(sizes: readonly LayerSize[]): string {
  const total = sizes.reduce((sum, { megabytes }) => sum + megabytes, 0);
  const row = (step: string, megabytes: number): string => `| ${step} | ${megabytes.toFixed(1)} |`;
  const rows = sizes.map(({ step, megabytes }) => row(`\`${step}\``, megabytes));
  return ['| Layer | MB |', '| --- | ---: |', ...rows, row('All', total)].join('\n');
}

/**
 * What a document states wrongly: each layer must have a row in a table, its instruction, its size and why it is there.
 * @returns one sentence a problem.
 */
export function statedWrongly(document: string, sizes: readonly LayerSize[]): string[] {
  const rows = document
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim()));
  const stated = new Map(
    rows.map(([step = '', size = '', reason = '']) => [step.replaceAll('`', ''), { size, reason }]),
  );
  return [
    ...sizes.flatMap(({ step, megabytes }) => {
      const row = stated.get(step);
      if (!row) return [`${step} is not stated: ${megabytes.toFixed(1)} MB.`];
      const far = Math.abs(Number(row.size) - megabytes);
      const isRight = far <= Math.max(NEGLIGIBLE_MB, megabytes * TOLERANCE);
      return [
        ...(isRight ? [] : [`${step} is stated with ${row.size} MB and has ${megabytes.toFixed(1)} MB.`]),
        ...(row.reason.length < 10 ? [`${step} is stated without a reason.`] : []),
      ];
    }),
    ...[...stated.keys()]
      .filter((step) => /^[A-Z]+ /.test(step) && !sizes.some((size) => size.step === step))
      .map((step) => `${step} is stated and is no layer.`),
  ];
}
