// Connections to ssh servers that are shared: all channels of the same user to the same server go over one.
import type { CredentialCallback } from '../credentials.ts';
import { dialSsh, type SshSession, type SshTarget } from './session.ts';

interface Shared {
  readonly session: Promise<SshSession>;
  /** Of whoever began it. */
  readonly signal: AbortSignal | undefined;
  uses: number;
}

/** A session that is used; give it back exactly once. */
export interface SessionLease {
  readonly session: SshSession;
  /** True when others use it, too. */
  readonly isShared: boolean;
  readonly release: () => void;
}

/** The sessions of this process. The last user of a session ends it. */
export class SessionPool {
  private readonly sessions = new Map<string, Shared>();
  // Whoever is asked for passwords is part of who the user is: users of one process must not share by accident.
  private readonly callbacks = new WeakMap<CredentialCallback, number>();
  private callbackCount = 0;

  /** Gives a session to the server, a new one when there is none. @throws LibvirtError as `dialSsh` */
  async lease(target: SshTarget, signal: AbortSignal | undefined): Promise<SessionLease> {
    const key = this.keyOf(target);
    for (;;) {
      let shared = this.sessions.get(key);
      const isShared = shared !== undefined;
      shared ??= this.begin(key, target, signal);
      const mine = shared;
      mine.uses++;
      try {
        const session = await mine.session;
        signal?.throwIfAborted();
        return { session, isShared, release: () => this.release(key, mine, session) };
      } catch (thrown) {
        mine.uses--;
        signal?.throwIfAborted();
        // Whoever began it has given up; that is no reason for us.
        if (isShared && mine.signal?.aborted === true) continue;
        throw thrown;
      }
    }
  }

  /** Gives a session that nobody else gets. */
  async leaseAlone(target: SshTarget, signal: AbortSignal | undefined): Promise<SessionLease> {
    const session = await dialSsh(target, signal);
    return { session, isShared: false, release: () => session.close() };
  }

  private begin(key: string, target: SshTarget, signal: AbortSignal | undefined): Shared {
    const shared: Shared = { session: dialSsh(target, signal), signal, uses: 0 };
    this.sessions.set(key, shared);
    const forget = (): void => {
      if (this.sessions.get(key) === shared) this.sessions.delete(key);
    };
    shared.session.then((session) => {
      session.onGone = forget;
    }, forget);
    return shared;
  }

  private release(key: string, shared: Shared, session: SshSession): void {
    if (--shared.uses > 0) return;
    if (this.sessions.get(key) === shared) this.sessions.delete(key);
    session.close();
  }

  private keyOf(target: SshTarget): string {
    const parts: unknown[] = [];
    for (let each: SshTarget | null = target; each !== null; each = each.through) {
      const { flavour, address, port, keyName, identity, policy, knownHosts, proxyCommand, bindAddress } = each;
      parts.push(flavour.name, address, port, keyName, identity, policy, knownHosts, proxyCommand);
      parts.push(bindAddress, each.addressFamily);
    }
    return JSON.stringify([...parts, this.numberOf(target.credentials.callback)]);
  }

  private numberOf(callback: CredentialCallback | null): number {
    if (callback === null) return 0;
    let number = this.callbacks.get(callback);
    if (number === undefined) {
      number = ++this.callbackCount;
      this.callbacks.set(callback, number);
    }
    return number;
  }
}

/** The pool of this process. */
export const sessionPool = new SessionPool();
