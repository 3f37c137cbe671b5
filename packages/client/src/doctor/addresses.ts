// Names, addresses and ports: which address a name has, and what each of them answers.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { hostFailure } from '../transport/host-failure.ts';

/** What an address gave. */
export interface ConnectAttempt {
  readonly address: string;
  readonly port: number;
  /** `connected`, or the name of the system's error, e.g. `ECONNREFUSED`; `ETIMEDOUT` when nothing came. */
  readonly result: string;
  readonly ms: number;
}

/** Gives all addresses of a name. @throws LibvirtError as the transports word it */
export async function addressesOf(host: string, port: number): Promise<string[]> {
  try {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  } catch (thrown) {
    throw failure(host, port, thrown as NodeJS.ErrnoException);
  }
}

/** Connects to each address, all at once. @param patienceMs how long to wait for each */
export function tryAddresses(
  addresses: readonly string[],
  port: number,
  patienceMs: number,
): Promise<ConnectAttempt[]> {
  return Promise.all(addresses.map((address) => tryAddress(address, port, patienceMs)));
}

/**
 * The error of a host none of whose addresses can be connected to.
 *
 * @param attempts one at least
 */
export function unreachable(host: string, port: number, attempts: readonly ConnectAttempt[]): LibvirtError {
  const code = attempts.at(-1)?.result ?? 'EHOSTUNREACH';
  return failure(host, port, Object.assign(new Error(code), { code, syscall: 'connect' }));
}

function tryAddress(address: string, port: number, patienceMs: number): Promise<ConnectAttempt> {
  const started = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: port & 0xffff });
    const finish = (result: string) => {
      clearTimeout(timer);
      socket.on('error', () => {});
      socket.destroy();
      resolve({ address, port, result, ms: Math.round(performance.now() - started) });
    };
    const timer = setTimeout(() => finish('ETIMEDOUT'), patienceMs);
    socket.once('connect', () => finish('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => finish(error.code ?? error.message));
  });
}

function failure(host: string, port: number, cause: NodeJS.ErrnoException): LibvirtError {
  return new LibvirtError(ErrorCode.SystemError, null, {
    message: hostFailure(host, port, cause),
    domain: ErrorDomain.Rpc,
    cause,
  });
}
