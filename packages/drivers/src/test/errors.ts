// The errors of libvirt's test driver, with the extra strings and numbers that it puts on the wire.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { apiErrorDomain } from '../api-name.ts';

/** An error of the test driver itself; a null detail means the bare text of the code. */
export function testError(code: number, detail: string | null): LibvirtError {
  return new LibvirtError(code, detail, { domain: ErrorDomain.Test });
}

/** The object is in the wrong state for what was asked. */
export function operationInvalid(detail: string | null): LibvirtError {
  return testError(ErrorCode.OperationInvalid, detail);
}

/**
 * Refuses flags that a function does not know.
 *
 * @param name the C function of libvirt's test driver, which the text names
 * @throws LibvirtError `InvalidArg`
 * @see virCheckFlags
 */
export function checkFlags(flags: number, allowed: number, name: string): void {
  const unknown = (flags & ~allowed) >>> 0;
  if (unknown === 0) return;
  throw new LibvirtError(ErrorCode.InvalidArg, null, {
    domain: ErrorDomain.Test,
    message: `unsupported flags (0x${unknown.toString(16)}) in function ${name}`,
    ...argumentFacts(name, 'flags'),
  });
}

/**
 * An argument that the public C function refuses before any driver sees it.
 *
 * @param api the C function
 * @param argument its name in the C library
 * @param message the whole text
 */
export function badArgument(api: string, argument: string, message: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, null, {
    domain: apiErrorDomain(api),
    message,
    ...argumentFacts(api, argument),
  });
}

/** Refuses a number that must not be zero. @see virCheckNonZeroArgGoto */
export function checkNonZero(value: number | bigint, api: string, argument: string): void {
  if (value === 0 || value === 0n) throw badArgument(api, argument, `${argument} in ${api} must not be zero`);
}

/** Refuses a list or text that must not be missing. @see virCheckNonNullArgGoto */
export function checkNotEmpty(value: { readonly length: number } | null, api: string, argument: string): void {
  if (value === null || value.length === 0) throw badArgument(api, argument, `${argument} in ${api} must not be NULL`);
}

/** Refuses two flags that cannot go together. @see VIR_EXCLUSIVE_FLAGS_GOTO */
export function checkExclusive(
  flags: number,
  [first, firstName]: readonly [number, string],
  [second, secondName]: readonly [number, string],
  api: string,
): void {
  if ((flags & first) !== 0 && (flags & second) !== 0) {
    throw badArgument(api, 'ctl', `Flags '${firstName}' and '${secondName}' are mutually exclusive`);
  }
}

/** A number of the caller that would make an answer too long for a message; libvirtd's dispatcher refuses it. */
export function tooLong(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.Rpc });
}

// virReportInvalidArg tells the function, the argument, and zeros where other errors have -1.
function argumentFacts(name: string, argument: string) {
  return { str1: name, str2: argument, int1: 0, int2: 0 };
}
