// The one error class, its wire form, and the only converter from anything that was thrown.
import { ErrorCode, ErrorDomain, ErrorLevel, errorText } from './error-codes.ts';

/** The steps of opening a connection, in their order. */
export type ConnectStage = 'uri' | 'resolve' | 'connect' | 'proxy' | 'tls' | 'certificate' | 'authentication' | 'open';

/** Facts of an error beyond its number and detail. */
export interface LibvirtErrorOptions {
  /** The part of libvirt that raises it; `ErrorDomain.None` when left out. */
  domain?: number;
  /** `ErrorLevel.Error` when left out. */
  level?: number;
  /** What led to it. */
  cause?: unknown;
  /** True if a server said it, false (or left out) if this side found it. */
  remote?: boolean;
  /** True if the call had been sent and may or may not have run. */
  outcomeUnknown?: boolean;
  /** The whole message, when it is not the number's text with the detail put in. */
  message?: string;
  /** Extra strings of the wire form; by default the format and the detail. */
  str1?: string | null;
  str2?: string | null;
  str3?: string | null;
  /** Extra numbers of the wire form, -1 by default. */
  int1?: number;
  int2?: number;
  /** The step of opening a connection that failed. */
  stage?: ConnectStage;
  /** What was seen there: names, dates, files, addresses; nothing secret. */
  evidence?: Readonly<Record<string, unknown>>;
  /** What a person can do about it. */
  hint?: string;
}

/**
 * Any failure of virtwire, in libvirt's own numbers and texts.
 *
 * `message` is what virsh prints after `error: `.
 */
export class LibvirtError extends Error {
  override readonly name = 'LibvirtError';
  /** A number of {@link ErrorCode}; a newer server may send one that is not listed. */
  readonly code: number;
  /** A number of {@link ErrorDomain}. */
  readonly domain: number;
  /** A number of {@link ErrorLevel}. */
  readonly level: number;
  /** True if a server said it. */
  readonly remote: boolean;
  /** True if the call had been sent and nobody knows whether it ran. */
  readonly outcomeUnknown: boolean;
  /** Usually the format of the message, e.g. `internal error: %s`. */
  readonly str1: string | null;
  /** Usually the detail that the format takes. */
  readonly str2: string | null;
  readonly str3: string | null;
  readonly int1: number;
  readonly int2: number;
  /** The step of opening a connection that failed; null for all other errors. */
  readonly stage: ConnectStage | null;
  /** What was seen there: names, dates, files, addresses. */
  readonly evidence: Readonly<Record<string, unknown>> | null;
  /** What a person can do about it. */
  readonly hint: string | null;

  /**
   * @param code a number of {@link ErrorCode}
   * @param detail what the number's text takes, or null to use the text without a detail
   */
  constructor(code: number, detail: string | null, options: LibvirtErrorOptions = {}) {
    const [bare, format] = errorText(code);
    super(
      options.message ?? (detail === null ? bare : format.replace('%s', () => detail)),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.code = code;
    this.domain = options.domain ?? ErrorDomain.None;
    this.level = options.level ?? ErrorLevel.Error;
    this.remote = options.remote ?? false;
    this.outcomeUnknown = options.outcomeUnknown ?? false;
    this.str1 = options.str1 !== undefined ? options.str1 : detail === null ? bare : format;
    this.str2 = options.str2 !== undefined ? options.str2 : detail;
    this.str3 = options.str3 ?? null;
    this.int1 = options.int1 ?? -1;
    this.int2 = options.int2 ?? -1;
    this.stage = options.stage ?? null;
    this.evidence = options.evidence ?? null;
    this.hint = options.hint ?? null;
  }
}

/**
 * Converts anything that was thrown into a {@link LibvirtError}; one that already is stays as it is.
 *
 * Stands at two places only: the edge of a driver and the edge of the client.
 *
 * @param domain the domain of an error that has none of its own
 */
export function toLibvirtError(thrown: unknown, domain: number = ErrorDomain.None): LibvirtError {
  if (thrown instanceof LibvirtError) return thrown;
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new LibvirtError(ErrorCode.InternalError, detail, { domain, cause: thrown });
}
