import { OperatorError } from '../../errors.ts';

/** The parts of an installation, in the order in which they are shown. */
export const GROUPS = ['settings', 'machine', 'postgres', 'redis', 'snowflake', 'ranking', 'tokens'] as const;

export type Group = (typeof GROUPS)[number];

/**
 * How one thing stands. `broken` keeps something from working, `warning` does not yet; both say what to run or set.
 * `skipped` was not looked at, and the text says why.
 */
export type Outcome =
  | { readonly status: 'ok' | 'skipped'; readonly text: string }
  | { readonly status: 'warning' | 'broken'; readonly text: string; readonly fix: string };

/** An outcome and what it is about. */
export type Finding = Outcome & { readonly group: Group; readonly check: string };

/** One look at one thing. */
export interface Check {
  readonly group: Group;
  readonly name: string;
  /** Milliseconds that it may take. */
  readonly deadlineMs: number;
  /** What to do when it does not end in time, or fails without saying what to do. */
  readonly fix: string;
  readonly look: () => Promise<Outcomes> | Outcomes;
}

/** What one look may find. */
export type Outcomes = Outcome | readonly Outcome[];

export const ok = (text: string): Outcome => ({ status: 'ok', text });
export const skipped = (text: string): Outcome => ({ status: 'skipped', text });
export const warning = (text: string, fix: string): Outcome => ({ status: 'warning', text, fix });
export const broken = (text: string, fix: string): Outcome => ({ status: 'broken', text, fix });

/** Runs a check within its deadline. Never rejects: whatever goes wrong is a finding. */
export async function findingsOf(check: Check): Promise<readonly Finding[]> {
  const { group, name, deadlineMs, fix } = check;
  const { promise: late, resolve } = Promise.withResolvers<Outcome>();
  const timer = setTimeout(() => {
    resolve(broken(`no answer within ${deadlineMs / 1000} seconds`, fix));
  }, deadlineMs);
  try {
    const outcomes = await Promise.race([lookSafely(check), late]);
    return listOf(outcomes).map((outcome) => ({ group, check: name, ...outcome }));
  } finally {
    clearTimeout(timer);
  }
}

/** The outcome that an error stands for: an OperatorError says in its first sentence what is wrong, then what to do. */
export function outcomeOfError(error: unknown, fix: string): Outcome {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof OperatorError)) return broken(message.replace(/\.$/, ''), fix);
  const [text = message, ...advice] = message.split(/(?<=\.)\s+(?=[A-Z])/);
  return broken(text.replace(/\.$/, ''), advice.length === 0 ? fix : advice.join(' '));
}

async function lookSafely({ look, fix }: Check): Promise<Outcomes> {
  try {
    return await look();
  } catch (error) {
    return outcomeOfError(error, fix);
  }
}

function listOf(outcomes: Outcomes): readonly Outcome[] {
  return 'status' in outcomes ? [outcomes] : outcomes;
}
