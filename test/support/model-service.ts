import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';

/** What a model service may do wrong; `shuffled` is right but in another order. */
export type ModelFault =
  | 'none'
  | 'shuffled'
  | 'unavailable'
  | 'too many requests'
  | 'not found'
  | 'malformed'
  | 'hang'
  | 'slow'
  | 'reset'
  | 'cut answer'
  | 'garbage'
  | 'NaN'
  | 'text for a number'
  | 'missing row'
  | 'extra row'
  | 'repeated row'
  | 'other column';

/** How late a slow answer is; longer than any sensible deadline. */
const SLOW_MS = 2000;

/** A row of an answer. */
type OutputRow = [index: number, outputs: Record<string, unknown>];

/** A request as it came. */
export interface RecordedCall {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly bytes: number;
}

/** A model service on a free loopback port that can be told to fail. */
export interface ModelService {
  readonly url: string;
  readonly calls: readonly RecordedCall[];
  setFault(fault: ModelFault): void;
  /** Open connections. */
  connectionCount(): number;
  /** Connections since the start. */
  connectionTotal(): number;
  /** Ends connections on which nothing happens. */
  closeIdle(): void;
  close(): Promise<void>;
}

/** Starts a service; `predict` gives what an honest one answers to a body. */
export async function startModelService(predict: (body: string) => string | Promise<string>): Promise<ModelService> {
  const sockets = new Set<Socket>();
  const calls: RecordedCall[] = [];
  let total = 0;
  let fault: ModelFault = 'none';

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    calls.push({ path: request.url ?? '', authorization: request.headers.authorization, bytes: body.length });
    if (fault === 'hang') return;
    if (fault === 'slow') await delay(SLOW_MS, undefined, { ref: false });
    if (fault === 'reset') return void request.socket.resetAndDestroy();
    const status = STATUS_BY_FAULT[fault] ?? 200;
    const honest = status === 200 ? await predict(body) : `{"error":"Input data ${fault}: missing columns: c"}`;
    const spoilt = spoil(honest, fault);
    response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(spoilt) });
    if (fault !== 'cut answer') return void response.end(spoilt);
    response.write(spoilt.slice(0, spoilt.length / 2));
    setTimeout(() => response.destroy(), 5);
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy());
  });
  server.on('connection', (socket) => {
    total += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    calls,
    setFault(next) {
      fault = next;
    },
    connectionCount: () => sockets.size,
    connectionTotal: () => total,
    closeIdle: () => {
      server.closeIdleConnections();
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const STATUS_BY_FAULT: Partial<Record<ModelFault, number>> = {
  unavailable: 503,
  'too many requests': 429,
  'not found': 404,
  malformed: 400,
};

function spoil(answer: string, fault: ModelFault): string {
  if (fault === 'garbage') return '<html>Service Unavailable</html>';
  if (fault === 'NaN') return answer.replace(/"output_feature_1": ?[\d.e-]+/, '"output_feature_1":NaN');
  const change = CHANGES[fault];
  if (!change) return answer;
  const { data } = JSON.parse(answer) as { data: OutputRow[] };
  return JSON.stringify({ data: change(data) });
}

const CHANGES: Partial<Record<ModelFault, (rows: OutputRow[]) => OutputRow[]>> = {
  shuffled: (rows) => [...rows.filter((_, row) => row % 2 === 1).reverse(), ...rows.filter((_, row) => row % 2 === 0)],
  'missing row': (rows) => rows.slice(1),
  'extra row': (rows) => [...rows, [rows.length, { output_feature_1: 0.5 }]],
  'repeated row': (rows) => rows.map(([index, outputs], row) => [row === 1 ? 0 : index, outputs]),
  'text for a number': (rows) => rows.map(([index], row) => [index, { output_feature_1: row === 0 ? '0.99' : 0.5 }]),
  'other column': (rows) => rows.map(([index]) => [index, { output_feature_0: 0.5 }]),
};
