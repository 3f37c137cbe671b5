// Authentication: asks the server for its ways and goes one of them.
import { AuthType, remote } from '@virtwire/protocol';
import { type Caller, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { SaslContext } from './sasl.ts';

/** What a way of authentication is told. */
export interface AuthenticationContext extends SaslContext {
  /** Called before polkit is asked. */
  readonly beforePolkit?: (() => Promise<void>) | undefined;
}

/** How to authenticate. */
export interface AuthenticateOptions extends Omit<AuthenticationContext, 'caller' | 'mechanism'> {
  /** Value of `auth=`, null to take the first way that the server offers. */
  readonly wanted: string | null;
}

/** A way of authentication; resolves when the server is content. @throws LibvirtError `AuthFailed` */
export type Authentication = (context: AuthenticationContext) => Promise<void>;

/** The ways by their numbers in `AuthType`. */
export const authentications: ReadonlyMap<number, Authentication> = new Map<number, Authentication>([
  [AuthType.None, async () => {}],
  [AuthType.Sasl, async (context) => (await import('./sasl.ts')).authenticateSasl(context)],
  [
    AuthType.Polkit,
    async ({ caller, signal, beforePolkit }) => {
      await beforePolkit?.();
      await caller.call(remote.authPolkit, {}, { signal });
    },
  ],
]);

/**
 * Proves to the server who we are.
 *
 * @throws LibvirtError `AuthFailed` when it refuses, or offers no way that can be gone
 * @see remoteAuthenticate
 */
export async function authenticate(caller: Caller, options: AuthenticateOptions): Promise<void> {
  const { wanted, signal } = options;
  const types = await offeredTypes(caller, signal);
  if (types === null) return;
  options.note?.({ types: types.map((type) => typeNames[type] ?? String(type)), secure: options.secure });
  const choice = wanted === null ? null : parseWanted(wanted);
  if (choice !== null && !types.includes(choice.type)) {
    throw failed(`requested authentication type ${wanted} rejected`);
  }
  const type = choice?.type ?? types[0];
  const go = type === undefined ? undefined : authentications.get(type);
  if (go === undefined) throw failed(`unsupported authentication type ${type ?? AuthType.None}`);
  await go({ ...options, caller, mechanism: choice?.mechanism ?? null });
}

// Null: the server is older than authentication and wants none.
async function offeredTypes(caller: Caller, signal: AbortSignal | undefined): Promise<readonly AuthType[] | null> {
  try {
    return (await caller.call(remote.authList, {}, { signal })).types;
  } catch (thrown) {
    if (thrown instanceof LibvirtError && thrown.remote && thrown.code === ErrorCode.NoSupport) return null;
    throw thrown;
  }
}

const typeNames: readonly string[] = ['none', 'sasl', 'polkit'];

function parseWanted(wanted: string): { type: AuthType; mechanism: string | null } {
  const word = wanted.toLowerCase();
  if (word === 'sasl') return { type: AuthType.Sasl, mechanism: null };
  if (word.startsWith('sasl.')) return { type: AuthType.Sasl, mechanism: wanted.slice('sasl.'.length) };
  if (word === 'polkit') return { type: AuthType.Polkit, mechanism: null };
  throw failed(`unknown authentication type ${wanted}`);
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, detail, { domain: ErrorDomain.Remote });
}
