// Serves metrics over HTTP on a socket of their own: GET /metrics, and nothing else.
import { chmodSync, chownSync } from 'node:fs';
import { createServer, type Server as HttpServer, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { Registry } from 'prom-client';
import { listening } from '../listener/accept.ts';
import { removeDeadSocket } from '../socket-path.ts';

/** Where to serve. */
export interface MetricsPlace {
  /** The path of a unix socket, or ADDRESS:PORT. */
  readonly place: string;
  /** Group that may read a unix socket besides its owner, null for none. */
  readonly gid: number | null;
  /** Told of what goes wrong later, e.g. for want of descriptors; the next connection may well be served. */
  failed(error: Error): void;
}

const MAX_CONNECTIONS = 16;
const REQUEST_MS = 5000;

/** Serves. @returns how to stop @throws LibvirtError `InvalidArg`, `SystemError` */
export async function serveMetrics(registry: Registry, { place, gid, failed }: MetricsPlace): Promise<() => void> {
  const server = createServer({ headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS }, (request, response) => {
    const { method, url = '' } = request;
    request.resume();
    if (url !== '/metrics') answer(response, 404, 'only /metrics is here\n');
    else if (method !== 'GET' && method !== 'HEAD') answer(response, 405, 'only GET is answered\n');
    else {
      registry.metrics().then(
        (text) => answer(response, 200, text, registry.contentType),
        (error: unknown) => answer(response, 500, `${error instanceof Error ? error.message : String(error)}\n`),
      );
    }
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, place, gid);
  server.on('error', failed);
  return () => {
    server.close();
    server.closeAllConnections();
  };
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, connection: 'close' }).end(text);
}

async function listen(server: HttpServer, place: string, gid: number | null): Promise<void> {
  const target = place.startsWith('/') ? { path: place } : hostAndPort(place);
  try {
    if ('path' in target) await removeDeadSocket(target.path);
    const ready = listening(server);
    // Nobody but its owner until it has its group.
    const mask = process.umask(0o177);
    try {
      server.listen(target);
    } finally {
      process.umask(mask);
    }
    await ready;
    if ('path' in target && gid !== null) {
      chownSync(target.path, -1, gid);
      chmodSync(target.path, 0o660);
    }
  } catch (error) {
    server.close();
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `Failed to bind metrics_socket to '${place}': ${text}`, {
      cause: error,
    });
  }
}

function hostAndPort(place: string): { host: string; port: number } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):([0-9]{1,5})$/.exec(place) ?? [];
  const host = bracketed ?? plain ?? '';
  if (isIP(host) === 0 || Number(port) > 65_535) {
    throw new LibvirtError(
      ErrorCode.InvalidArg,
      `metrics_socket = "${place}" is neither an absolute path nor ADDRESS:PORT`,
    );
  }
  return { host, port: Number(port) };
}
