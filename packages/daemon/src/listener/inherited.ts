// Listens on a socket that somebody else has opened and bound: systemd, which keeps its mode, group and place.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import { listenerOf, listening, receptionServer, type ReceptionRules } from './accept.ts';
import type { Listener, Reception, Service } from './listener.ts';

/** What comes with the socket. */
export interface InheritedSocket extends ReceptionRules {
  readonly fd: number;
  /** Name under which it was handed over, for logs. */
  readonly address: string;
}

/** Listens on it. @throws LibvirtError `SystemError` when the descriptor is no socket that listens */
export async function listenInherited(
  service: Service,
  { fd, address, ...rules }: InheritedSocket,
  reception: Reception,
): Promise<Listener> {
  const server = receptionServer(service, reception, rules);
  const ready = listening(server);
  try {
    server.listen({ fd });
    await ready;
  } catch (error) {
    const text = systemErrorText(error as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `Unable to listen on socket ${address}: ${text}`, {
      domain: ErrorDomain.Rpc,
      cause: error,
    });
  }
  return listenerOf(server, reception, { service, address, protection: rules.protection });
}
