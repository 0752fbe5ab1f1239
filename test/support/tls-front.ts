import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import type { AddressInfo } from 'node:net';

/** TLS in front of a plain server. */
export interface TlsFront {
  /** `localhost:<port>`: what a container is told as the host of the account. */
  readonly host: string;
  /** PEM file for NODE_EXTRA_CA_CERTS of who shall trust it. */
  readonly certificateFile: string;
  close(): Promise<void>;
}

/** Starts TLS on a free loopback port with a certificate of its own, made in `folder` by openssl. */
export async function startTlsFront(target: URL, folder: string): Promise<TlsFront> {
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-days', '2'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  execFileSync('openssl', ['req', '-x509', ...key, ...subject, '-keyout', keyFile, '-out', certificateFile], {
    stdio: 'ignore',
  });
  const identity = { key: readFileSync(keyFile), cert: readFileSync(certificateFile) };
  const open = new Set<() => void>();
  const server = createServer(identity, (client) => {
    const upstream = connect(Number(target.port), target.hostname);
    const cut = (): void => {
      client.destroy();
      upstream.destroy();
      open.delete(cut);
    };
    open.add(cut);
    for (const socket of [client, upstream]) socket.on('error', cut).on('close', cut);
    client.pipe(upstream).pipe(client);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return {
    host: `localhost:${String((server.address() as AddressInfo).port)}`,
    certificateFile,
    async close() {
      for (const cut of open) cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
