// How a connection ended, in libvirt's reasons and in words.
import { ConnectCloseReason } from '@virtwire/protocol/constants';
import type { LibvirtError } from '@virtwire/rpc';

/** A number of ConnectCloseReason. */
export type CloseReason = (typeof ConnectCloseReason)[keyof typeof ConnectCloseReason];

/** How a connection ended. */
export interface ConnectionClosed {
  /** Why, as in libvirt's close callback. */
  readonly reason: CloseReason;
  /** The reason in words, e.g. `end of file`, as virsh shows it after "Disconnected from ... due to". */
  readonly text: string;
  /** What went wrong; null when this side closed it. */
  readonly error: LibvirtError | null;
}

const texts: Readonly<Record<CloseReason, string>> = {
  [ConnectCloseReason.Error]: 'I/O error',
  [ConnectCloseReason.Eof]: 'end of file',
  [ConnectCloseReason.Keepalive]: 'keepalive timeout',
  [ConnectCloseReason.Client]: 'client request',
};

/** Gives the words of a reason; a number that nobody knows counts as an I/O error. */
export function closeReasonText(reason: number): string {
  return texts[reason as CloseReason] ?? texts[ConnectCloseReason.Error];
}

/** The end that `close()` makes. */
export function closedByClient(): ConnectionClosed {
  return { reason: ConnectCloseReason.Client, text: texts[ConnectCloseReason.Client], error: null };
}

/** The end that a broken link makes. */
export function closedByLoss(error: LibvirtError): ConnectionClosed {
  const reason = reasonOf(error);
  return { reason, text: texts[reason], error };
}

// The errors carry libvirt's own texts (virNetClientIOEventLoop, virKeepAliveTimerInternal); the reason is not a field.
function reasonOf(error: LibvirtError): CloseReason {
  if (/keepalive/i.test(error.message)) return ConnectCloseReason.Keepalive;
  if (/end of file/i.test(error.message)) return ConnectCloseReason.Eof;
  return ConnectCloseReason.Error;
}
