// The system's own GSSAPI (MIT Kerberos), through a foreign function library that is loaded by the first use only.
import type koffiModule from 'koffi';
import type { KoffiFunc } from 'koffi';
import { ErrorCode, ErrorDomain } from '../../error-codes.ts';
import { LibvirtError } from '../../error.ts';

const LIBRARIES = ['libgssapi_krb5.so.2', '/usr/lib/libgssapi_krb5.dylib'];

// RFC 2743 and gssapi.h.
const COMPLETE = 0;
const CONTINUE_NEEDED = 1;
const ERROR_BITS = 0xffff_0000;
const ACCEPT = 2;
const GSS_CODE = 1;
const MECHANISM_CODE = 2;

/** Flags of a context. */
export const GssFlag = { Mutual: 2, Replay: 4, Sequence: 8, Confidentiality: 16, Integrity: 32 } as const;

const oid = (...bytes: number[]) => ({ length: bytes.length, elements: Uint8Array.from(bytes) });
const KERBEROS = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02);
const HOST_SERVICE = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x04);
const USER_NAME = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x01, 0x01);
// GSS_C_SEC_CONTEXT_SASL_SSF of MIT Kerberos.
const SASL_SSF = oid(0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02, 0x05, 0x0f);
// What Cyrus takes for granted where the library does not tell.
const USUAL_SSF = 56;
// A KDC that does not answer takes seconds.
const AT_ONCE_MS = 500;

/** Both ends of a Kerberos context. */
export interface GssLibrary {
  /** Begins as a client. @param target e.g. `libvirt@host` */
  client(target: string, flags: number): GssContext;
  /**
   * Begins as a server, for any host's key of the service.
   *
   * @param keytab null for the system's
   */
  server(service: string, keytab: string | null): GssContext;
}

/** One end of a context. */
export interface GssContext {
  /**
   * Takes the other side's token; may ask the KDC, beside the event loop.
   *
   * @param token null to begin
   * @returns what to send, empty when there is nothing
   * @throws GssError
   */
  step(token: Uint8Array | null): Promise<Uint8Array>;
  readonly complete: boolean;
  /** Once complete: what was agreed, bits of {@link GssFlag}. */
  readonly flags: number;
  /** Once complete: strength of the encryption. */
  readonly ssf: number;
  /** Once complete: the client's name; without its realm when that is the server's own. */
  clientName(): string;
  wrap(bytes: Uint8Array, encrypt: boolean): Uint8Array;
  unwrap(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly encrypted: boolean };
  /** Most bytes of which a token of so many bytes can be made. */
  maxPlainBytes(tokenBytes: number, encrypt: boolean): number;
}

/** A failure, in the library's own words. */
export class GssError extends Error {
  override readonly name = 'GssError';
}

let loaded: Promise<GssLibrary> | undefined;

/**
 * Loads the library.
 *
 * @throws LibvirtError `NoSupport` when this system has none, or the package koffi is not installed
 */
export function loadGss(): Promise<GssLibrary> {
  loaded ??= load();
  return loaded;
}

type Koffi = typeof koffiModule;
type Pointer = bigint | null;
interface GssBuffer {
  length?: number | bigint;
  value?: Pointer | Uint8Array;
}

async function load(): Promise<GssLibrary> {
  let koffi: Koffi;
  try {
    ({ default: koffi } = await import('koffi'));
  } catch (cause) {
    throw unsupported('the package koffi, by which GSSAPI is called, cannot be loaded', cause);
  }
  const library = firstOf(LIBRARIES, (name) => koffi.load(name));
  koffi.struct('gss_buffer', { length: 'size_t', value: 'void *' });
  koffi.struct('gss_oid', { length: 'uint32_t', elements: 'void *' });
  koffi.struct('gss_key_value', { key: 'const char *', value: 'const char *' });
  koffi.struct('gss_key_values', { count: 'uint32_t', elements: 'gss_key_value *' });
  koffi.struct('gss_buffer_set', { count: 'size_t', elements: 'void *' });
  const declare = (text: string) => library.func(`uint32_t ${text}`) as KoffiFunc<(...args: unknown[]) => number>;
  const gss = {
    importName: declare('gss_import_name(_Out_ uint32_t *minor, gss_buffer *text, gss_oid *type, _Out_ void **name)'),
    releaseName: declare('gss_release_name(_Out_ uint32_t *minor, _Inout_ void **name)'),
    displayName: declare('gss_display_name(_Out_ uint32_t *minor, void *name, _Out_ gss_buffer *text, void *type)'),
    compareName: declare('gss_compare_name(_Out_ uint32_t *minor, void *one, void *two, _Out_ int *equal)'),
    releaseBuffer: declare('gss_release_buffer(_Out_ uint32_t *minor, _Inout_ gss_buffer *buffer)'),
    displayStatus: declare(
      'gss_display_status(_Out_ uint32_t *minor, uint32_t status, int type, gss_oid *mech, _Inout_ uint32_t *more, _Out_ gss_buffer *text)',
    ),
    acquireCred: declare(
      'gss_acquire_cred_from(_Out_ uint32_t *minor, void *name, uint32_t time, void *mechs, int usage, gss_key_values *store, _Out_ void **cred, void *actual, void *rec)',
    ),
    releaseCred: declare('gss_release_cred(_Out_ uint32_t *minor, _Inout_ void **cred)'),
    initContext: declare(
      'gss_init_sec_context(_Out_ uint32_t *minor, void *cred, _Inout_ void **context, void *target, gss_oid *mech, uint32_t flags, uint32_t time, void *bindings, gss_buffer *input, void *actual, _Out_ gss_buffer *output, _Out_ uint32_t *flagsOut, void *timeOut)',
    ),
    acceptContext: declare(
      'gss_accept_sec_context(_Out_ uint32_t *minor, _Inout_ void **context, void *cred, gss_buffer *input, void *bindings, _Out_ void **client, void *mech, _Out_ gss_buffer *output, _Out_ uint32_t *flagsOut, void *timeOut, void *delegated)',
    ),
    deleteContext: declare('gss_delete_sec_context(_Out_ uint32_t *minor, _Inout_ void **context, void *output)'),
    wrap: declare(
      'gss_wrap(_Out_ uint32_t *minor, void *context, int encrypt, uint32_t qop, gss_buffer *input, _Out_ int *encrypted, _Out_ gss_buffer *output)',
    ),
    unwrap: declare(
      'gss_unwrap(_Out_ uint32_t *minor, void *context, gss_buffer *input, _Out_ gss_buffer *output, _Out_ int *encrypted, void *qop)',
    ),
    sizeLimit: declare(
      'gss_wrap_size_limit(_Out_ uint32_t *minor, void *context, int encrypt, uint32_t qop, uint32_t output, _Out_ uint32_t *input)',
    ),
    inquireByOid: declare(
      'gss_inquire_sec_context_by_oid(_Out_ uint32_t *minor, void *context, gss_oid *what, _Out_ void **set)',
    ),
    releaseBufferSet: declare('gss_release_buffer_set(_Out_ uint32_t *minor, _Inout_ void **set)'),
  };

  const bytesAt = (pointer: Pointer, length: number): Uint8Array =>
    pointer === null || length === 0
      ? new Uint8Array()
      : Uint8Array.from(koffi.decode(pointer, koffi.array('uint8_t', length)) as ArrayLike<number>);
  const take = (buffer: GssBuffer): Uint8Array => {
    const bytes = bytesAt((buffer.value as Pointer) ?? null, Number(buffer.length ?? 0));
    gss.releaseBuffer([0], buffer);
    return bytes;
  };
  const given = (bytes: Uint8Array): GssBuffer => ({ length: bytes.length, value: bytes });
  const textOf = (status: number, type: number): string => {
    const parts: string[] = [];
    const more = [0];
    do {
      const buffer: GssBuffer = {};
      if (isError(gss.displayStatus([0], status, type, KERBEROS, more, buffer))) break;
      parts.push(Buffer.from(take(buffer)).toString());
    } while (more[0] !== 0 && parts.length < 8);
    return parts.join('. ');
  };
  const check = (major: number, minor: readonly number[]): void => {
    if (!isError(major)) return;
    throw new GssError(`${textOf(major, GSS_CODE)} (${textOf(minor[0] ?? 0, MECHANISM_CODE)})`);
  };
  const nameOf = (text: string, type: typeof HOST_SERVICE): Pointer => {
    const minor = [0];
    const name: Pointer[] = [null];
    check(gss.importName(minor, given(Buffer.from(text)), type, name), minor);
    return name[0] ?? null;
  };
  // The library keeps the details of a failure for the thread on which it happened, and calls beside the event loop are
  // on others. So what fails at once is done again here; what took its time, because no KDC answered, is not.
  const beside = async (call: KoffiFunc<(...args: unknown[]) => number>, ...args: unknown[]): Promise<number> => {
    const from = performance.now();
    const major = await new Promise<number>((resolve, reject) => {
      call.async(...args, (error: Error | null, result: number) => (error === null ? resolve(result) : reject(error)));
    });
    return isError(major) && performance.now() - from < AT_ONCE_MS ? call(...args) : major;
  };
  // A context lives as long as somebody can reach it: until its connection is gone.
  const forgotten = new FinalizationRegistry<{ context: Pointer[]; names: Pointer[][]; cred: Pointer[] }>((held) => {
    gss.deleteContext([0], held.context, null);
    for (const name of held.names) gss.releaseName([0], name);
    gss.releaseCred([0], held.cred);
  });

  class Context implements GssContext {
    complete = false;
    flags = 0;
    private readonly held = { context: [null] as Pointer[], names: [] as Pointer[][], cred: [null] as Pointer[] };
    private readonly run: (token: Uint8Array | null, output: GssBuffer, flags: number[]) => Promise<[number, number[]]>;
    private client: Pointer = null;

    constructor(how: { target: string; flags: number } | { service: string; keytab: string | null }) {
      forgotten.register(this, this.held);
      const { context, cred, names } = this.held;
      if ('target' in how) {
        const target = nameOf(how.target, HOST_SERVICE);
        names.push([target]);
        this.run = async (token, output, flags) => {
          const minor = [0];
          const input = token === null ? null : given(token);
          const args = [cred[0], context, target, KERBEROS, how.flags, 0, null, input, null, output, flags, null];
          return [await beside(gss.initContext, minor, ...args), minor];
        };
      } else {
        const service = nameOf(how.service, HOST_SERVICE);
        names.push([service]);
        const minor = [0];
        const store = how.keytab === null ? null : { count: 1, elements: [{ key: 'keytab', value: how.keytab }] };
        check(gss.acquireCred(minor, service, 0, null, ACCEPT, store, cred, null, null), minor);
        this.run = async (token, output, flags) => {
          const status = [0];
          const client: Pointer[] = [null];
          const input = given(token ?? new Uint8Array());
          const args = [context, cred[0], input, null, client, null, output, flags, null, null];
          // Needs no KDC.
          const major = gss.acceptContext(status, ...args);
          if (client[0] !== null && client[0] !== undefined) {
            names.push(client);
            this.client = client[0];
          }
          return [major, status];
        };
      }
    }

    async step(token: Uint8Array | null): Promise<Uint8Array> {
      const output: GssBuffer = {};
      const flags = [0];
      const [major, minor] = await this.run(token, output, flags);
      const bytes = take(output);
      check(major, minor);
      this.flags = flags[0] ?? 0;
      this.complete = (major & CONTINUE_NEEDED) === 0 && (major & ~COMPLETE & ERROR_BITS) === 0;
      return bytes;
    }

    get ssf(): number {
      const set: Pointer[] = [null];
      if (
        isError(gss.inquireByOid([0], this.held.context[0], SASL_SSF, set)) ||
        set[0] === null ||
        set[0] === undefined
      ) {
        return USUAL_SSF;
      }
      const { count, elements } = koffi.decode(set[0], 'gss_buffer_set') as { count: number; elements: Pointer };
      let ssf = USUAL_SSF;
      if (count > 0 && elements !== null) {
        const { length, value } = koffi.decode(elements, 'gss_buffer') as { length: number; value: Pointer };
        const bytes = bytesAt(value, length);
        if (bytes.length === 4) ssf = new DataView(bytes.buffer).getUint32(0);
      }
      gss.releaseBufferSet([0], set);
      return ssf;
    }

    clientName(): string {
      const minor = [0];
      const text: GssBuffer = {};
      check(gss.displayName(minor, this.client, text, null), minor);
      const whole = Buffer.from(take(text)).toString();
      const at = whole.indexOf('@');
      if (at < 0) return whole;
      // As Cyrus does it: the short name means the same only in the server's own realm.
      const short = [nameOf(whole.slice(0, at), USER_NAME)];
      const equal = [0];
      const major = gss.compareName(minor, this.client, short[0], equal);
      gss.releaseName([0], short);
      check(major, minor);
      return equal[0] === 0 ? whole : whole.slice(0, at);
    }

    wrap(bytes: Uint8Array, encrypt: boolean): Uint8Array {
      const minor = [0];
      const encrypted = [0];
      const output: GssBuffer = {};
      const { context } = this.held;
      check(gss.wrap(minor, context[0], encrypt ? 1 : 0, 0, given(bytes), encrypted, output), minor);
      const token = take(output);
      if (encrypt && encrypted[0] === 0) throw new GssError('the library did not encrypt');
      return token;
    }

    unwrap(bytes: Uint8Array): { bytes: Uint8Array; encrypted: boolean } {
      const minor = [0];
      const encrypted = [0];
      const output: GssBuffer = {};
      check(gss.unwrap(minor, this.held.context[0], given(bytes), output, encrypted, null), minor);
      return { bytes: take(output), encrypted: encrypted[0] !== 0 };
    }

    maxPlainBytes(tokenBytes: number, encrypt: boolean): number {
      const minor = [0];
      const input = [0];
      check(gss.sizeLimit(minor, this.held.context[0], encrypt ? 1 : 0, 0, tokenBytes, input), minor);
      return input[0] ?? 0;
    }
  }

  return {
    client: (target, flags) => new Context({ target, flags }),
    server: (service, keytab) => new Context({ service, keytab }),
  };
}

function isError(major: number): boolean {
  return (major & ERROR_BITS) !== 0;
}

function firstOf<T>(names: readonly string[], open: (name: string) => T): T {
  let failure: unknown;
  for (const name of names) {
    try {
      return open(name);
    } catch (error) {
      failure ??= error;
    }
  }
  throw unsupported(`the library of Kerberos cannot be loaded (${names[0]}, package libgssapi-krb5-2)`, failure);
}

function unsupported(detail: string, cause: unknown): LibvirtError {
  return new LibvirtError(ErrorCode.NoSupport, null, {
    message: `GSSAPI cannot be used: ${detail}`,
    domain: ErrorDomain.Rpc,
    cause,
  });
}
