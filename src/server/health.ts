import type { FastifyInstance } from 'fastify';
import type { Logger } from '../logger.ts';

/** A part that readiness asks. */
export interface HealthCheck {
  /** Name of the part, shown in the answer. */
  readonly name: string;
  /** A part that is not required may be away without making the gateway unready. */
  readonly isRequired: boolean;
  /** Resolves when the part works; has a deadline of its own. */
  readonly check: () => Promise<void>;
}

/** What the health routes need. */
export interface HealthOptions {
  readonly checks: readonly HealthCheck[];
  /** True once the gateway has begun to stop. */
  readonly isStopping: () => boolean;
  readonly logger: Logger;
}

/**
 * `/healthz`: the process lives; touches nothing. `/readyz`: 200 when every required part answers and the gateway is
 * not stopping, else 503. The body names parts and states, never messages.
 */
export function registerHealth(fastify: FastifyInstance, { checks, isStopping, logger }: HealthOptions): void {
  fastify.get('/healthz', () => ({ status: 'ok' }));
  fastify.get('/readyz', async (_request, reply) => {
    // At once: the sooner a load balancer knows, the fewer requests come while connections close.
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    const states = await Promise.all(checks.map((check) => stateOf(check, logger)));
    // A check may take seconds: what was true when it began would bring requests to a gateway that is leaving.
    if (isStopping()) return reply.code(503).send({ status: 'stopping' });
    const parts = Object.fromEntries(checks.map((check, index) => [check.name, states[index]]));
    const isReady = checks.every((check, index) => !check.isRequired || states[index] === 'ok');
    return reply.code(isReady ? 200 : 503).send({ status: isReady ? 'ready' : 'not ready', parts });
  });
}

async function stateOf({ name, check }: HealthCheck, logger: Logger): Promise<'ok' | 'away'> {
  try {
    await check();
    return 'ok';
  } catch (error) {
    logger.debug({ err: error, part: name }, 'health_check_failed');
    return 'away';
  }
}
