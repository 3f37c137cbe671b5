// How a connection ended, in libvirt's reasons and in words.
import type { LibvirtError } from '@virtwire/rpc';

/** Reasons of virConnectCloseReason. */
export const CloseReason = { Error: 0, Eof: 1, Keepalive: 2, Client: 3 } as const;
/** A number of {@link CloseReason:var}. */
export type CloseReason = (typeof CloseReason)[keyof typeof CloseReason];

/** How a connection ended. */
export interface ConnectionClosed {
  readonly reason: CloseReason;
  /** The reason in words, e.g. `end of file`, as virsh shows it after "Disconnected from ... due to". */
  readonly text: string;
  /** What went wrong; null when this side closed it. */
  readonly error: LibvirtError | null;
}

const texts: Readonly<Record<CloseReason, string>> = {
  [CloseReason.Error]: 'I/O error',
  [CloseReason.Eof]: 'end of file',
  [CloseReason.Keepalive]: 'keepalive timeout',
  [CloseReason.Client]: 'client request',
};

/** Gives the words of a reason; a number that nobody knows counts as an I/O error. */
export function closeReasonText(reason: number): string {
  return texts[reason as CloseReason] ?? texts[CloseReason.Error];
}

/** The end that `close()` makes. */
export function closedByClient(): ConnectionClosed {
  return { reason: CloseReason.Client, text: texts[CloseReason.Client], error: null };
}

/** The end that a broken link makes. */
export function closedByLoss(error: LibvirtError): ConnectionClosed {
  const reason = reasonOf(error);
  return { reason, text: texts[reason], error };
}

// The errors carry libvirt's own texts (virNetClientIOEventLoop, virKeepAliveTimerInternal); the reason is not a field.
function reasonOf(error: LibvirtError): CloseReason {
  if (/keepalive/i.test(error.message)) return CloseReason.Keepalive;
  if (/end of file/i.test(error.message)) return CloseReason.Eof;
  return CloseReason.Error;
}
