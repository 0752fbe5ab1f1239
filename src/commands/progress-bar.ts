import { SingleBar } from 'cli-progress';
import type { Progress } from '../jobs/progress.ts';

const BAR_FORMAT = '  {label} [{bar}] {percentage}%  {eta_formatted} left';
const BAR_WIDTH = 30;

/**
 * Shows how far long work is: a bar on a terminal, and lines of text where the output is kept (a file, a pipe, CI).
 * Every step leaves one line with the time it took.
 */
export function createProgressBar(output: NodeJS.WriteStream, isContinuousIntegration: boolean): Progress {
  const isDrawn = output.isTTY && !isContinuousIntegration;
  let current: { label: string; startedAt: number; bar?: SingleBar } | undefined;

  const endStep = (): void => {
    if (!current) return;
    current.bar?.stop();
    const seconds = ((Date.now() - current.startedAt) / 1000).toFixed(1);
    output.write(`  ${current.label} (${seconds} s)\n`);
    current = undefined;
  };
  return {
    step(label, total) {
      endStep();
      current = { label, startedAt: Date.now() };
      if (!isDrawn) return;
      current.bar = drawnBar(output, label, total);
    },
    advance(amount) {
      current?.bar?.increment(amount);
    },
    finish: endStep,
  };
}

function drawnBar(output: NodeJS.WriteStream, label: string, total: number | undefined): SingleBar {
  const bar = new SingleBar({
    stream: output,
    format: total === undefined ? '  {label} …' : BAR_FORMAT,
    barsize: BAR_WIDTH,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    clearOnComplete: true,
    // Signals are the business of the command; and a cursor hidden by a killed process would stay hidden.
    gracefulExit: false,
    hideCursor: null,
  });
  bar.start(total ?? 1, 0, { label });
  return bar;
}
