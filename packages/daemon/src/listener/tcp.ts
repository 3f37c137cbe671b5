// Listens on TCP: every address of a host name, IPv4 and IPv6 each with a socket of its own.
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { addressOf, authority, listenAt, listenerOf, listening, type Protection, receptionServer } from './accept.ts';
import type { Listener, Reception, Service } from './listener.ts';

/** How to listen on TCP. */
export interface TcpListenOptions {
  /** Address or name; null listens on all addresses. */
  readonly host: string | null;
  /** Port number or name of a service. */
  readonly port: string;
  readonly backlog: number;
  /** What every connection passes before it is served, e.g. TLS. */
  readonly protection?: Protection;
}

/**
 * Listens on every address that the host stands for. As libvirtd, it is content with those that can be bound, and fails
 * when none can.
 *
 * @throws LibvirtError `SystemError` in libvirt's words
 */
export async function listenTcp(
  service: Service,
  options: TcpListenOptions,
  reception: Reception,
): Promise<Listener[]> {
  const port = portNumber(options);
  const addresses = await resolve(options);
  const listeners: Listener[] = [];
  let failure: NodeJS.ErrnoException | undefined;
  for (const address of addresses) {
    const server = receptionServer(service, reception, { addressOf, protection: options.protection });
    const ready = listening(server);
    listenAt(server, { address, port, family: isIP(address) === 6 ? 6 : 4 }, options.backlog);
    try {
      await ready;
      listeners.push(
        listenerOf(server, reception, { service, address: authority(address, port), protection: options.protection }),
      );
    } catch (error) {
      failure ??= error as NodeJS.ErrnoException;
    }
  }
  if (listeners.length === 0) {
    const text = failure === undefined ? 'no address' : systemErrorText(failure);
    throw tcpError(`Unable to bind to port: ${text}`, failure);
  }
  return listeners;
}

async function resolve({ host, port }: TcpListenOptions): Promise<string[]> {
  if (host === null) return ['0.0.0.0', '::'];
  if (isIP(host) !== 0) return [host];
  try {
    const { lookup } = await import('node:dns/promises');
    const found = await lookup(host, { all: true });
    return [...new Set(found.map(({ address }) => address))];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const text = resolverTexts[code ?? ''] ?? systemErrorText(error as NodeJS.ErrnoException);
    throw tcpError(`Unable to resolve address '${host}' service '${port}': ${text}`, error);
  }
}

const resolverTexts: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
};

function portNumber({ host, port }: TcpListenOptions): number {
  if (/^[0-9]{1,5}$/.test(port) && Number(port) <= 65_535) return Number(port);
  const known = servicePort(port);
  if (known !== null) return known;
  throw tcpError(
    `Unable to resolve address '${host ?? '<null>'}' service '${port}': Servname not supported for ai_socktype`,
  );
}

// C's getaddrinfo knows the names of services from this file.
function servicePort(name: string): number | null {
  let text: string;
  try {
    text = readFileSync('/etc/services', 'utf8');
  } catch {
    return null;
  }
  for (const line of text.split('\n')) {
    const [service, port, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/);
    const number = port === undefined ? null : /^([0-9]+)\/tcp$/.exec(port)?.[1];
    if (number !== null && number !== undefined && (service === name || aliases.includes(name))) return Number(number);
  }
  return null;
}

function tcpError(message: string, cause?: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, message, { domain: ErrorDomain.Rpc, cause });
}
