import { Agent as HttpAgent, type AgentOptions } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';

/** How long a socket waits for the next statement. The driver's own 30 seconds cost a TLS handshake after every lull. */
const IDLE_SOCKET_MS = 60_000;
const OPTIONS: AgentOptions = { keepAlive: true, keepAliveMsecs: 15_000, timeout: IDLE_SOCKET_MS, scheduling: 'lifo' };

/**
 * The sockets of one connection. The driver can only wait for the answer of a request that hangs, minutes long; here its
 * requests can be ended.
 */
export class SnowflakeAgents {
  readonly #http: HttpAgent;
  readonly #https: HttpAgent;
  #isAborted = false;

  constructor() {
    this.#http = this.#refusingAfterAbort(new HttpAgent(OPTIONS));
    this.#https = this.#refusingAfterAbort(new HttpsAgent(OPTIONS));
  }

  /** The agent for a request; the driver calls it with what it knows of the host. */
  readonly agentFor = ({ protocol }: { protocol?: string }): HttpAgent =>
    protocol === 'https:' ? this.#https : this.#http;

  /** Ends every request, also those to come, with an error that the driver does not retry. */
  abort(): void {
    this.#isAborted = true;
    for (const { sockets, freeSockets } of [this.#http, this.#https]) {
      for (const socket of [sockets, freeSockets].flatMap((byHost) => Object.values(byHost)).flat()) {
        socket?.destroy(abortedError());
      }
    }
  }

  #refusingAfterAbort(agent: HttpAgent): HttpAgent {
    const createConnection = agent.createConnection.bind(agent);
    agent.createConnection = (options, onCreate) => {
      if (!this.#isAborted) return createConnection(options, onCreate);
      // Its second argument is not read when there is a first; the types do not say so.
      (onCreate as ((error: Error) => void) | undefined)?.(abortedError());
      return undefined;
    };
    return agent;
  }
}

function abortedError(): Error {
  return Object.assign(new Error('The connection to Snowflake was closed by its client.'), { code: 'ERR_CANCELED' });
}
