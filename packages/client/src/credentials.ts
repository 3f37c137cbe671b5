// Where names and passwords come from: the file of credentials first, then whoever the caller has named to be asked.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { AuthFile } from './auth-file.ts';

/** What is asked for. The comments name libvirt's VIR_CRED_ type. */
export type CredentialKind =
  /** Whom to act as (USERNAME). */
  | 'username'
  /** Whom to authenticate as (AUTHNAME). */
  | 'authname'
  /** Realm of the user (REALM). */
  | 'realm'
  /** A password, or the passphrase of a key (PASSPHRASE). */
  | 'password'
  /** A question whose answer may be seen (ECHOPROMPT). */
  | 'answer'
  /** A question whose answer must not be seen (NOECHOPROMPT). */
  | 'secret-answer';

/** One question. */
export interface CredentialRequest {
  readonly kind: CredentialKind;
  /** What to show to a person, without a colon; libvirt's own words where it has some. */
  readonly prompt: string;
  /** Further text of whoever asks, e.g. the challenge of a server. */
  readonly challenge?: string;
  /** Answer to take when a person gives none. */
  readonly default?: string;
  /** True when the answer must not be shown while it is typed. */
  readonly hidden: boolean;
}

/** What the questions are for. */
export interface CredentialContext {
  /** `libvirt` for the daemon itself, `ssh` for ssh transports. */
  readonly service: string;
  /** Host that gets the answers; `localhost` for a Unix socket. */
  readonly host: string;
  /** Aborted when opening is given up. */
  readonly signal?: AbortSignal;
}

/**
 * Answers questions: one answer for each, in their order; null for one that is not to be answered, or in the place of all
 * of them when the user has cancelled.
 */
export type CredentialCallback = (
  requests: readonly CredentialRequest[],
  context: CredentialContext,
) => readonly (string | null)[] | null | Promise<readonly (string | null)[] | null>;

/** Gets credentials for one connection. */
export interface CredentialSource {
  /** Who can be asked; null for nobody. */
  readonly callback: CredentialCallback | null;
  /**
   * What the file of credentials has.
   *
   * @returns null when it has nothing
   * @throws LibvirtError `ConfSyntax`
   */
  stored(context: CredentialContext, kind: CredentialKind): Promise<string | null>;
  /**
   * Answers from the file of credentials; what it does not have, the callback is asked for, all at once.
   *
   * @throws LibvirtError `AuthFailed` when nobody can be asked, or did not answer
   */
  ask(context: CredentialContext, requests: readonly CredentialRequest[]): Promise<string[]>;
}

// The names in auth.conf; questions with a text of their own are not stored.
const storedNames: Readonly<Partial<Record<CredentialKind, string>>> = {
  username: 'username',
  authname: 'authname',
  realm: 'realm',
  password: 'password',
};

/**
 * Makes a source.
 *
 * @param readFile called once, when something is asked for the first time
 * @param callback null when nobody can be asked
 */
export function credentialSource(
  readFile: () => Promise<AuthFile>,
  callback: CredentialCallback | null,
): CredentialSource {
  let file: Promise<AuthFile> | undefined;

  const stored = async ({ service, host }: CredentialContext, kind: CredentialKind): Promise<string | null> => {
    const name = storedNames[kind];
    if (name === undefined) return null;
    file ??= readFile();
    return (await file).find(service, host, name);
  };

  return {
    callback,
    stored,
    ask: async (context, requests) => {
      const answers = await Promise.all(requests.map(({ kind }) => stored(context, kind)));
      const open = requests.filter((_, index) => answers[index] === null);
      if (open.length > 0) {
        if (callback === null) throw failed('No authentication callback available');
        const given = await callback(open, context);
        if (given === null || given.length < open.length) throw failed('Failed to collect auth credentials');
        const rest = given.values();
        for (const [index, request] of requests.entries()) {
          if (answers[index] === null) answers[index] = rest.next().value || request.default || null;
        }
      }
      return answers.map((answer) => answer ?? '');
    },
  };
}

/**
 * Keeps the answers of a callback in memory and gives them again, so that a connection that comes back by itself asks
 * nobody twice. What the user has cancelled is not kept.
 *
 * @returns null when there is no callback
 */
export function remembered(callback: CredentialCallback | undefined): CredentialCallback | null {
  if (callback === undefined) return null;
  const known = new Map<string, readonly (string | null)[]>();
  return async (requests, context) => {
    const key = JSON.stringify([context.service, context.host, requests]);
    const found = known.get(key);
    if (found !== undefined) return found;
    const answers = await callback(requests, context);
    if (answers !== null) known.set(key, answers);
    return answers;
  };
}

function failed(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.AuthFailed, detail, { domain: ErrorDomain.Remote });
}
