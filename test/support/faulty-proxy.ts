import { createServer, connect, type AddressInfo, type Socket } from 'node:net';

/** How a proxy treats the service behind it. */
export type ProxyMode = 'pass' | 'refuse' | 'hang';

/** A TCP proxy on a free loopback port that can pretend that the service behind it is gone or hangs. */
export interface FaultyProxy {
  readonly port: number;
  /** `refuse` also cuts open connections; `hang` keeps them and passes nothing on. */
  setMode(mode: ProxyMode): void;
  /** Connections of clients that are open. */
  connectionCount(): number;
  close(): Promise<void>;
}

/** Starts a proxy in front of a host and port, in mode `pass`. */
export async function startFaultyProxy(target: { host: string; port: number }): Promise<FaultyProxy> {
  const sockets = new Set<Socket>();
  const clients = new Set<Socket>();
  let mode: ProxyMode = 'pass';
  const track = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((client) => {
    track(client);
    clients.add(client);
    client.on('close', () => clients.delete(client));
    if (mode === 'refuse') {
      client.destroy();
      return;
    }
    const upstream = connect(target.port, target.host);
    track(upstream);
    client.on('data', (chunk) => {
      if (mode !== 'hang') upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      if (mode !== 'hang') client.write(chunk);
    });
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    setMode(next) {
      // What was swallowed while hanging is lost: those connections cannot go on.
      if (next === 'refuse' || mode === 'hang') cutAll();
      mode = next;
    },
    connectionCount: () => clients.size,
    async close() {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The same connection string through a proxy. */
export function through(url: string, proxy: FaultyProxy): string {
  const proxied = new URL(url);
  proxied.hostname = '127.0.0.1';
  proxied.port = String(proxy.port);
  return proxied.href;
}
