import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** A Python process with XGBoost that does one command at a time. */
export interface Xgboost {
  train(command: TrainCommand): Promise<void>;
  /** Makes a model file the one that predicts, on one thread. Returns the version of XGBoost. */
  load(model: string): Promise<string>;
  /** Predicts a file of rows, writes the scores to a file, and returns the mean time of a repetition. */
  readonly predict: (command: PredictCommand) => Promise<Timing>;
  /** Draws the measured times to a PNG file. */
  readonly plot: (results: readonly Result[], path: string) => Promise<void>;
  stop(): void;
}

/** Milliseconds of processor time. */
export interface Spread {
  readonly median: number;
  /** The 10th percentile. */
  readonly low: number;
  /** The 90th percentile. */
  readonly high: number;
}

/** One model and number of candidates. */
export interface Result {
  readonly model: string;
  readonly size: number;
  readonly xgboost: Spread;
  readonly simd: Spread;
  readonly plain: Spread;
}

/** Milliseconds. On a busy machine only the time of the processor compares: a long call waits for others more often. */
export interface Timing {
  /** Of all threads of the process together. */
  readonly cpu: number;
  readonly wall: number;
}

export interface TrainCommand {
  readonly rows: string;
  readonly labels: string;
  readonly columns: number;
  readonly trees: number;
  readonly depth: number;
  readonly model: string;
}

export interface PredictCommand {
  readonly rows: string;
  readonly columns: number;
  readonly repeat: number;
  readonly scores: string;
}

const PYTHON = join(import.meta.dirname, '../../models/.venv/bin/python');

/** Starts the process. @throws Error saying what to install when there is no Python with XGBoost. */
export function startXgboost(): Xgboost {
  if (!existsSync(PYTHON)) throw new Error('models/.venv is missing. Run: npm run models:setup');
  const child = spawn(PYTHON, [join(import.meta.dirname, 'xgboost_side.py')], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, OMP_WAIT_POLICY: 'PASSIVE' },
  });
  const lines = createInterface({ input: child.stdout });
  const closed = once(child, 'close').then(() => {
    throw new Error('The Python process ended. Its message is above.');
  });
  closed.catch(() => undefined);
  const ask = async (command: object): Promise<Record<string, unknown>> => {
    const answer = once(lines, 'line');
    child.stdin.write(`${JSON.stringify(command)}\n`);
    const [line] = (await Promise.race([answer, closed])) as [string];
    return JSON.parse(line) as Record<string, unknown>;
  };
  return {
    train: async (command) => {
      await ask({ action: 'train', ...command });
    },
    load: async (model) => (await ask({ action: 'load', model }))['version'] as string,
    predict: async (command) => (await ask({ action: 'predict', ...command })) as unknown as Timing,
    plot: async (results, path) => {
      await ask({ action: 'plot', results, path });
    },
    stop: () => void child.kill(),
  };
}
