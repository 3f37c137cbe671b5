// How libvirt words that a host cannot be found or reached.
import { systemErrorText } from '@virtwire/rpc/node';

// getaddrinfo's texts (gai_strerror of glibc).
const lookupTexts: Readonly<Record<string, string>> = {
  ENOTFOUND: 'Name or service not known',
  EAI_AGAIN: 'Temporary failure in name resolution',
  EAI_FAIL: 'Non-recoverable failure in name resolution',
  EAI_MEMORY: 'Memory allocation failure',
  EAI_NODATA: 'No address associated with hostname',
};

/** The text of a connection that did not come about, as libvirt words it. @param error of a Node socket */
export function hostFailure(host: string, port: number, error: NodeJS.ErrnoException): string {
  if (error.syscall === 'getaddrinfo') {
    const text = lookupTexts[error.code ?? ''] ?? error.message;
    return `Unable to resolve address '${host}' service '${port}': ${text}`;
  }
  // Of several addresses libvirt reports the last one that it tried.
  const last = error instanceof AggregateError ? (error.errors.at(-1) as NodeJS.ErrnoException) : error;
  return `unable to connect to server at '${host}:${port}': ${systemErrorText(last)}`;
}
