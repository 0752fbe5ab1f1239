import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const OPERATIONS_FOLDER = join(import.meta.dirname, '../../schema/operations');
const REQUEST_TIMEOUT_MS = 30_000;
/** What differs from one right answer to the next: who ranked, and how; scores are compared by themselves. */
const FREE_FIELDS = new Set(['rung', 'degraded', 'extensions', 'score']);
/** The rungs add the trees in different orders: floats may differ in their last bit. */
const SCORE_TOLERANCE = 1e-6;
const GOOD_RUNGS = new Set(['MODEL_SERVICE', 'EMBEDDED_MODEL']);

/** A request with the answer that is right. */
export interface Question {
  readonly name: string;
  readonly body: string;
}

/** What a question was answered. */
export interface Answer {
  /** Without what may differ and without scores. */
  readonly content: string;
  readonly scores: readonly number[];
  readonly rungs: ReadonlySet<string>;
  /** Where it is less than there is. */
  readonly problem?: string;
}

/** What became of many requests. */
export interface LoadResult {
  readonly sent: number;
  /** Not answered, or with less than there is: `errors`, a list that no model ranked. */
  readonly failures: readonly string[];
  /** Answered with something that is not true. */
  readonly wrong: readonly string[];
  /** Milliseconds of each, ascending. */
  readonly latencies: readonly number[];
}

/** The requests of a shop: its home page, what a customer bought, who a customer is. */
export function questionsAbout(customerIds: readonly string[]): Question[] {
  return customerIds.flatMap((customerId) => [
    question('home-page', { customerId }),
    question('nested-purchases', { customerId, region: 'MIDWEST' }),
    question('point-customer', { customerId }),
  ]);
}

function question(operation: string, variables: object): Question {
  const query = readFileSync(join(OPERATIONS_FOLDER, `${operation}.graphql`), 'utf8');
  return { name: `${operation} ${JSON.stringify(variables)}`, body: JSON.stringify({ query, variables }) };
}

/** One gateway and its connections. */
export class Asker {
  readonly #agent: Agent;
  readonly #url: string;

  constructor(url: string, connectionsMax: number) {
    this.#url = `${url}/graphql`;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax });
  }

  /** Asks questions one after the other, so many at once, until `isEnough`; compares each answer with the true one. */
  async load(
    questions: readonly Question[],
    truths: ReadonlyMap<string, Answer>,
    { atOnce, isEnough }: { readonly atOnce: number; readonly isEnough: (sent: number) => boolean },
  ): Promise<LoadResult> {
    let sent = 0;
    const [failures, wrong, latencies]: [string[], string[], number[]] = [[], [], []];
    const work = async (): Promise<void> => {
      while (!isEnough(sent)) {
        const asked = questions[sent % questions.length];
        sent += 1;
        if (!asked) return;
        const truth = truths.get(asked.name);
        if (!truth) throw new Error(`Nobody knows the answer to ${asked.name}`);
        const startedAt = performance.now();
        const answer = await this.ask(asked);
        latencies.push(performance.now() - startedAt);
        if (answer.problem !== undefined) failures.push(`${asked.name}: ${answer.problem}`);
        else if (!isSame(answer, truth)) {
          // Stock that could not be read is said to be unknown: less than there is, but true.
          const isLess = unknowns(answer.content) > unknowns(truth.content);
          (isLess ? failures : wrong).push(`${asked.name}: ${difference(answer, truth)}`);
        }
      }
    };
    await Promise.all(Array.from({ length: atOnce }, work));
    return { sent, failures, wrong, latencies: latencies.sort((one, other) => one - other) };
  }

  /** What a question is answered, without what may differ; `problem` where that is less than there is. */
  async ask({ body }: Question): Promise<Answer> {
    const scores: number[] = [];
    const rungs = new Set<string>();
    try {
      const answer = await this.#post(body);
      const content = JSON.stringify(answer, (key, value: unknown) => {
        if (key === 'rung') rungs.add(String(value));
        if (key === 'score') scores.push(Number(value));
        return FREE_FIELDS.has(key) ? undefined : value;
      });
      const { errors } = answer as { errors?: unknown };
      if (errors !== undefined) return { content, scores, rungs, problem: JSON.stringify(errors).slice(0, 400) };
      const bad = [...rungs].find((rung) => !GOOD_RUNGS.has(rung));
      return { content, scores, rungs, ...(bad !== undefined && { problem: `ranked by ${bad}` }) };
    } catch (error) {
      return { content: '', scores, rungs, problem: String(error) };
    }
  }

  #post(body: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { method: 'POST', agent: this.#agent, headers, timeout: REQUEST_TIMEOUT_MS };
      const sent = request(this.#url, options, (response) => {
        text(response)
          .then((received) => {
            resolve(JSON.parse(received));
          })
          .catch(reject);
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer')));
      sent.on('error', reject);
      sent.end(body);
    });
  }

  /** Closes its connections. */
  close(): void {
    this.#agent.destroy();
  }
}

function isSame(answer: Answer, truth: Answer): boolean {
  return (
    answer.content === truth.content &&
    answer.scores.length === truth.scores.length &&
    answer.scores.every((score, place) => Math.abs(score - (truth.scores[place] ?? NaN)) <= SCORE_TOLERANCE)
  );
}

/** Where an answer leaves the truth. */
function difference({ content, scores }: Answer, { content: truth, scores: trueScores }: Answer): string {
  if (content === truth) return `scores ${JSON.stringify(scores)} instead of ${JSON.stringify(trueScores)}`;
  let place = 0;
  while (place < content.length && content[place] === truth[place]) place += 1;
  const around = (text: string): string => text.slice(Math.max(0, place - 80), place + 80);
  return `…${around(content)}… instead of …${around(truth)}…`;
}

function unknowns(content: string): number {
  return content.split('"inventory":null').length;
}

/** A value that so many of them do not exceed. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.ceil(ascending.length * share) - 1)] ?? NaN;
}
