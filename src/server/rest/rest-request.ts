import type { FastifyReply } from 'fastify';

/** What a service function may send at once. */
export interface EnvelopeLimits {
  /** Most rows of an envelope. */
  readonly rowsMax: number;
  /** Largest body. */
  readonly bytesMax: number;
}

/** Aborted when the client hangs up before it has its answer. */
export function abortSignalOf(reply: FastifyReply): AbortSignal {
  const controller = new AbortController();
  reply.raw.once('close', () => {
    controller.abort();
  });
  return controller.signal;
}
