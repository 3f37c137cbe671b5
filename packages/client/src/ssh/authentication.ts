// Proving to an ssh server who we are: the ways of `sshauth=` in their order, each prompt through the credentials.
import { access, readFile } from 'node:fs/promises';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { AnyAuthMethod, AuthHandlerMiddleware, BaseAgent, ParsedKey, Prompt } from 'ssh2';
import type { CredentialContext, CredentialSource } from '../credentials.ts';
import type { SshFlavour } from './flavour.ts';

/** Ways of `sshauth=`. */
export type SshMethod = 'agent' | 'privkey' | 'password' | 'keyboard-interactive';

const methods: readonly SshMethod[] = ['agent', 'privkey', 'password', 'keyboard-interactive'];

/** Names of the ways in the protocol. */
const wireNames: Readonly<Record<SshMethod, string>> = {
  agent: 'publickey',
  privkey: 'publickey',
  password: 'password',
  'keyboard-interactive': 'keyboard-interactive',
};

// Servers give up earlier; this stops a loop with one that does not.
const MAX_TRIES = 10;

/** Reads the value of `sshauth=`. @throws LibvirtError `InvalidArg` */
export function sshMethods(list: string): SshMethod[] {
  return list
    .split(',')
    .filter((word) => word !== '')
    .map((word) => {
      const method = methods.find((each) => each === word.toLowerCase());
      if (method !== undefined) return method;
      throw new LibvirtError(ErrorCode.InvalidArg, `Invalid authentication method: '${word}'`, {
        domain: ErrorDomain.Rpc,
      });
    });
}

/** Who wants in, and by what. */
export interface SshIdentity {
  readonly user: string;
  /** Host as the user knows it, for prompts and stored credentials. */
  readonly host: string;
  readonly methods: readonly SshMethod[];
  /** Key files in their order. */
  readonly keyFiles: readonly string[];
  /** True when the user named the key file: then it has to be there. */
  readonly keyFileGiven: boolean;
  /** Socket of the agent; null for none. */
  readonly agent: string | null;
  /** True when only those keys of the agent count that are in the key files. */
  readonly identitiesOnly: boolean;
}

/** What it is asked with. */
export interface SshAuthenticationMeans {
  readonly flavour: SshFlavour;
  readonly credentials: CredentialSource;
  readonly signal: AbortSignal | undefined;
  /** Reads a private key, as ssh2 does. */
  readonly parseKey: (data: Uint8Array, passphrase?: string) => ParsedKey | Error;
  readonly createAgent: (socket: string) => BaseAgent;
}

/** Makes attempt after attempt, until the server is content or nothing is left. */
export class SshAuthentication {
  private readonly identity: SshIdentity;
  private readonly means: SshAuthenticationMeans;
  private readonly fail: (reason: unknown) => void;
  private at = 0;
  private tries = 0;
  private offered = false;
  private keys: string[];
  private lastKey: string | null = null;
  private lastWay = 'none';
  private prompted = false;

  /** @param fail told of a failure that ends the attempt to get in */
  constructor(identity: SshIdentity, means: SshAuthenticationMeans, fail: (reason: unknown) => void) {
    this.identity = identity;
    this.means = means;
    this.fail = fail;
    this.keys = [...identity.keyFiles];
  }

  /** For ssh2's `authHandler`. */
  readonly handler: AuthHandlerMiddleware = (left, _partial, next) => {
    // Null at first: which ways there are is told in the answer to an attempt by none.
    if ((left as string[] | null) === null) {
      next({ type: 'none', username: this.identity.user });
      return;
    }
    this.attempt(left).then(next, (thrown: unknown) => {
      this.fail(thrown);
      next(false as never);
    });
  };

  private async attempt(left: readonly string[]): Promise<AnyAuthMethod> {
    const { identity, means } = this;
    for (; this.at < identity.methods.length; this.at++, this.tries = 0) {
      const method = identity.methods[this.at] as SshMethod;
      if (!left.includes(wireNames[method])) continue;
      this.offered = true;
      if (this.tries >= MAX_TRIES) continue;
      const attempt = await this.byMethod[method]();
      if (attempt === null) continue;
      this.tries++;
      this.lastWay = wireNames[method];
      return attempt;
    }
    if (!this.offered) {
      throw means.flavour.refused('None of the requested authentication methods are supported by the server');
    }
    if (identity.methods.length === 1) throw means.flavour.texts.denied(this.lastWay, left, this.lastKey);
    throw means.flavour.refused('All provided authentication methods with credentials were rejected by the server');
  }

  // Each gives its next attempt, null when it has none.
  private readonly byMethod: Readonly<Record<SshMethod, () => Promise<AnyAuthMethod | null>>> = {
    agent: async () => {
      const { agent, user } = this.identity;
      if (agent === null || this.tries > 0) return null;
      // An agent that is gone is as good as none.
      if (!(await isThere(agent))) return null;
      if (!this.identity.identitiesOnly) return { type: 'agent', username: user, agent };
      const wanted = await publicKeys(this.identity.keyFiles, this.means.parseKey);
      return { type: 'agent', username: user, agent: onlyKeys(this.means.createAgent(agent), wanted) };
    },
    privkey: async () => {
      const { flavour } = this.means;
      if (this.identity.keyFiles.length === 0) throw flavour.error(flavour.texts.noKeyFile);
      for (;;) {
        const file = this.keys.shift();
        if (file === undefined) return null;
        const key = await this.readKey(file);
        if (key === null) continue;
        this.lastKey = file;
        return { type: 'publickey', username: this.identity.user, key: key as never };
      }
    },
    password: async () => {
      const { credentials, flavour } = this.means;
      const { user, host } = this.identity;
      const stored = await credentials.stored(this.context, 'password');
      // A stored one does not get better by being tried again.
      if (stored !== null && this.tries > 0) return null;
      if (stored === null && credentials.callback === null) throw flavour.error(flavour.texts.noCallback);
      const password = stored ?? (await this.askPassword(`Enter ${user}'s password for ${host}`, host));
      return { type: 'password', username: user, password };
    },
    'keyboard-interactive': async () => {
      const { credentials, flavour } = this.means;
      if (credentials.callback === null) throw flavour.error(flavour.texts.noCallbackForPrompts);
      // A server that refused without a question will do so again.
      if (this.tries > 0 && !this.prompted) return null;
      this.prompted = false;
      return {
        type: 'keyboard-interactive',
        username: this.identity.user,
        prompt: (_name, _instructions, _language, prompts, finish) => {
          this.answer(prompts).then(finish, this.fail);
        },
      };
    },
  };

  private get context(): CredentialContext {
    const { signal } = this.means;
    return { service: 'ssh', host: this.identity.host, ...(signal === undefined ? {} : { signal }) };
  }

  private async askPassword(prompt: string, challenge: string): Promise<string> {
    let cause: unknown;
    try {
      const [answer] = await this.means.credentials.ask(this.context, [
        { kind: 'password', prompt, challenge, hidden: true },
      ]);
      // Who gives none has had enough.
      if (answer !== undefined && answer !== '') return answer;
    } catch (thrown) {
      cause = thrown;
    }
    throw new LibvirtError(ErrorCode.AuthFailed, 'Password request failed', { domain: ErrorDomain.Auth, cause });
  }

  private async answer(prompts: readonly Prompt[]): Promise<string[]> {
    if (prompts.length === 0) return [];
    this.prompted = true;
    const { credentials, flavour } = this.means;
    try {
      return await credentials.ask(
        this.context,
        prompts.map(({ prompt, echo }) => ({
          kind: echo === true ? 'answer' : 'secret-answer',
          // The colon is added by whoever shows it.
          prompt: prompt.replace(/[:\s]+$/, ''),
          hidden: echo !== true,
        })),
      );
    } catch (thrown) {
      throw flavour.error(flavour.texts.promptsFailed, thrown);
    }
  }

  private async readKey(file: string): Promise<ParsedKey | null> {
    const { flavour, parseKey, credentials } = this.means;
    let data: Uint8Array;
    try {
      data = await readFile(file);
    } catch (thrown) {
      if (!this.identity.keyFileGiven) return null;
      throw flavour.refused(flavour.texts.unreadableKey(file), thrown);
    }
    const plain = one(parseKey(data));
    if (!(plain instanceof Error)) return plain;
    if (!/no passphrase given/i.test(plain.message)) {
      if (!this.identity.keyFileGiven) return null;
      throw flavour.refused(flavour.texts.unreadableKey(file), plain);
    }
    if (credentials.callback === null) {
      if (!this.identity.keyFileGiven) return null;
      throw flavour.error("No user interaction callback provided: Can't retrieve private key passphrase");
    }
    const passphrase = await this.askPassphrase(file);
    const key = one(parseKey(data, passphrase));
    if (!(key instanceof Error)) return key;
    if (!this.identity.keyFileGiven) return null;
    throw flavour.refused(flavour.texts.wrongPassphrase(file), key);
  }

  private async askPassphrase(file: string): Promise<string> {
    const { flavour, credentials } = this.means;
    try {
      const [answer] = await credentials.ask(this.context, [
        // Not of the kind `password`, whose stored value is for the account.
        { kind: 'secret-answer', prompt: flavour.texts.passphrase(file), hidden: true },
      ]);
      return answer ?? '';
    } catch (thrown) {
      throw flavour.error('failed to retrieve private key passphrase: callback has failed', thrown);
    }
  }
}

function one(keys: ParsedKey | ParsedKey[] | Error): ParsedKey | Error {
  if (!Array.isArray(keys)) return keys;
  return keys[0] ?? new Error('no key');
}

// The public halves of key files: beside them, or in them.
async function publicKeys(files: readonly string[], parseKey: SshAuthenticationMeans['parseKey']): Promise<Buffer[]> {
  const keys = await Promise.all(
    files.map(async (file) => {
      for (const path of [`${file}.pub`, file]) {
        const key = await readFile(path).then(
          (data) => one(parseKey(data)),
          (thrown: Error) => thrown,
        );
        if (!(key instanceof Error)) return key.getPublicSSH();
      }
      return null;
    }),
  );
  return keys.filter((key) => key !== null);
}

// An agent that shows some of its keys.
function onlyKeys(agent: BaseAgent, wanted: readonly Buffer[]): BaseAgent {
  const listAll = agent.getIdentities.bind(agent);
  agent.getIdentities = (tell) => {
    listAll((error, keys = []) => {
      if (error) {
        tell(error);
        return;
      }
      tell(
        null,
        keys.filter((key) => wanted.some((each) => each.equals(blobOf(key)))),
      );
    });
  };
  return agent;
}

type AgentKey = string | Buffer | ParsedKey | { readonly pubKey: AgentKey };

function blobOf(key: AgentKey): Uint8Array {
  if (typeof key === 'string') return new Uint8Array();
  if (key instanceof Uint8Array) return key;
  return 'getPublicSSH' in key ? key.getPublicSSH() : blobOf(key.pubKey);
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
