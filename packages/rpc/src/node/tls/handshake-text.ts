// What OpenSSL says of a handshake that failed, in the words that GnuTLS, and so libvirt, has for it.
import { ErrorCode, ErrorDomain, LibvirtError } from '../../error-face.ts';

const NOT_TERMINATED = 'The TLS connection was non-properly terminated.';

// A row: what the code or text of the error looks like, GnuTLS's text, and what a person can do.
const rows: readonly (readonly [pattern: RegExp, text: string, hint?: string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE|UNEXPECTED_MESSAGE|BAD_RECORD_TYPE/,
    'An unexpected TLS packet was received.',
    'the other side does not speak TLS on this port',
  ],
  [
    /ALERT_PROTOCOL_VERSION|ALERT_HANDSHAKE_FAILURE|ALERT_INSUFFICIENT_SECURITY/,
    'A TLS fatal alert has been received.',
    'the two sides have no TLS version or cipher suite in common; see tls_priority on both',
  ],
  [/ALERT/, 'A TLS fatal alert has been received.'],
  [
    /UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW|NO_PROTOCOLS_AVAILABLE/,
    'A packet with illegal or unsupported version was received.',
    'the two sides have no TLS version in common; see tls_priority on both',
  ],
  [
    /NO_SHARED_CIPHER|NO_SUITABLE|NO_SHARED_GROUP|BAD_KEY_SHARE/,
    'No supported cipher suites have been found.',
    'the two sides have no cipher suite, group or signature algorithm in common; see tls_priority on both',
  ],
  [/ECONNRESET|EPIPE|socket hang up|disconnected before|UNEXPECTED_EOF/, NOT_TERMINATED],
];

/** The error of a handshake that failed. @param evidence what else was seen */
export function handshakeError(
  error: NodeJS.ErrnoException,
  evidence: Readonly<Record<string, unknown>> = {},
): LibvirtError {
  const said = `${error.code ?? ''} ${error.message}`;
  const [, text, hint] = rows.find(([pattern]) => pattern.test(said)) ?? [null, 'Error in protocol handshake.'];
  return new LibvirtError(ErrorCode.AuthFailed, `TLS handshake failed ${text}`, {
    domain: ErrorDomain.Rpc,
    cause: error,
    stage: 'tls',
    evidence: { ...evidence, openssl: error.code ?? error.message },
    ...(hint === undefined ? {} : { hint }),
  });
}
