// SASL on the server: which mechanisms a service offers, the exchange of one client, and who is let in at its end.
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Identity } from '@virtwire/protocol';
import { type Channel, ErrorCode, LibvirtError, saslChannel } from '@virtwire/rpc';
import { matchesGlob } from '@virtwire/rpc/node';
import type { SaslMechanism, SaslSecrets, SaslServer, SaslServerOptions } from '@virtwire/rpc/sasl';
import type { AuthenticationAttempt } from '../audit/authentication.ts';
import type { Service } from '../listener/listener.ts';
import { FailureGuard, type GuardPlace } from './failure-guard.ts';
import { authenticationFailed } from './refusal.ts';
import type { SaslConfig } from './sasl-config.ts';
import type { UserStore } from './user-store.ts';

/** What SASL is made of. */
export interface SaslOptions {
  readonly config: SaslConfig;
  /** Asked one after the other; the first that knows a user counts. */
  readonly stores: readonly UserStore[];
  /** Patterns of the users that are let in; null for all. */
  readonly allowedUsers: readonly string[] | null;
  /** Least strength of a layer on plain TCP. */
  readonly tcpMinSsf: number;
  /** Random bytes that outlive the process; null when nobody keeps such. */
  decoySecret?(): Uint8Array | null;
  readonly guard?: FailureGuard;
  /** Name of this host; the system's when left out. */
  readonly host?: string;
}

/** The client as the exchange sees it. */
export interface SaslPeer {
  readonly service: Service;
  readonly identity: Identity;
  readonly address: string;
  /** Number of the client. */
  readonly id: number;
  /** Finds out which user of this host it is, for a client on a unix socket; null when nobody can tell. */
  localUser(): Promise<number | null>;
  readonly signal: AbortSignal;
  proven(proof: Identity): void;
  /** Notes what came of the exchange. */
  attempted(outcome: Pick<AuthenticationAttempt, 'mechanism' | 'claimed' | 'refusal'>): void;
  log(level: 'info' | 'warning' | 'error', text: string): void;
  /** Puts a layer under the connection behind the next reply. */
  switchChannelAfterReply(wrap: (channel: Channel) => Channel): void;
}

/** What is sent to the client. */
export interface SaslReply {
  readonly complete: number;
  readonly nil: number;
  readonly data: Uint8Array;
}

/** What the client sent. */
export interface SaslMessage {
  readonly nil: number;
  readonly data: Uint8Array;
}

/** SASL for all clients. */
export interface SaslAuthority {
  /** Begins an exchange. @throws LibvirtError `AuthFailed` when the service has no mechanism to offer */
  begin(peer: SaslPeer): Promise<SaslExchange>;
}

/** The exchange of one client. */
export interface SaslExchange {
  /** Names of the mechanisms, separated by commas. */
  readonly mechanisms: string;
  start(mechanism: string, message: SaslMessage): Promise<SaslReply>;
  step(message: SaslMessage): Promise<SaslReply>;
}

// What a file without mech_list gets: Cyrus would offer whatever is installed, ANONYMOUS among it.
const USUAL_MECHANISMS = ['SCRAM-SHA-512', 'SCRAM-SHA-256', 'SCRAM-SHA-1', 'DIGEST-MD5'];
const MAX_SSF = 100_000;
const MAX_STEPS = 16;

/** Makes SASL of its configuration; mechanisms are loaded by the first client. */
export function saslAuthority(options: SaslOptions): SaslAuthority {
  const host = options.host ?? hostname();
  const guard = options.guard ?? new FailureGuard();
  const ownDecoy = randomBytes(32);
  const { mechanisms, keytab } = options.config;
  const wanted = mechanisms ?? (keytab === null ? USUAL_MECHANISMS : [...USUAL_MECHANISMS, 'GSSAPI']);

  const lookup = (peer: SaslPeer, name: string, realm: string): SaslSecrets | null => {
    // A name may bring its realm along, where the mechanism has no place of its own for it.
    const at = realm === host ? name.indexOf('@') : -1;
    const [user, place] = at < 0 ? [name, realm || host] : [name.slice(0, at), name.slice(at + 1)];
    for (const store of options.stores) {
      try {
        const found = store.lookup(user, place);
        // Nobody gets in by a password that is empty, as by one that was never set.
        if (found !== null) return found.password === '' ? null : found;
      } catch (error) {
        // One store that is broken does not keep out the users of another.
        peer.log('error', error instanceof Error ? error.message : String(error));
      }
    }
    return null;
  };

  return {
    begin: async (peer) => {
      const { saslMechanisms } = await import('@virtwire/rpc/sasl');
      const strength = peer.service.secure ? { minSsf: 0, maxSsf: 0 } : { minSsf: options.tcpMinSsf, maxSsf: MAX_SSF };
      const offered: SaslMechanism[] = [];
      for (const mechanism of saslMechanisms.values()) {
        if (!wanted.includes(mechanism.name) || !isAllowed(mechanism, peer, strength.minSsf)) continue;
        if ((await mechanism.available?.()) !== false) offered.push(mechanism);
      }
      if (offered.length === 0) {
        throw refused(peer, new LibvirtError(ErrorCode.InternalError, 'no SASL mechanisms are available').message);
      }
      const serverOptions: SaslServerOptions = {
        host,
        realm: host,
        ...strength,
        lookup: (name, realm) => lookup(peer, name, realm),
        decoySecret: options.decoySecret?.() ?? ownDecoy,
        externalName: peer.identity.x509Name,
        keytab: keytab ?? undefined,
      };
      return new Exchange(peer, offered, serverOptions, options.allowedUsers, guard);
    },
  };
}

function isAllowed({ name, sendsPassword, anonymous, maxSsf }: SaslMechanism, peer: SaslPeer, minSsf: number): boolean {
  if (name === 'EXTERNAL' && peer.identity.x509Name === undefined) return false;
  return peer.service.secure || (maxSsf >= minSsf && !sendsPassword && !anonymous);
}

class Exchange implements SaslExchange {
  readonly mechanisms: string;
  private readonly peer: SaslPeer;
  private readonly offered: readonly SaslMechanism[];
  private readonly options: SaslServerOptions;
  private readonly allowed: readonly string[] | null;
  private readonly guard: FailureGuard;
  private place: GuardPlace | null = null;
  private server: SaslServer | null = null;
  private mechanism: SaslMechanism | null = null;
  /** Whom the mechanism has looked up last. */
  private claimed: string | null = null;
  private steps = 0;
  private state: 'begun' | 'ready' | 'busy' | 'over' = 'begun';

  constructor(
    peer: SaslPeer,
    offered: readonly SaslMechanism[],
    options: SaslServerOptions,
    allowed: readonly string[] | null,
    guard: FailureGuard,
  ) {
    this.peer = peer;
    this.offered = offered;
    this.mechanisms = offered.map(({ name }) => name).join(',');
    this.options = {
      ...options,
      lookup: (name, realm) => {
        this.claimed = name;
        return options.lookup(name, realm);
      },
    };
    this.allowed = allowed;
    this.guard = guard;
  }

  async start(name: string, message: SaslMessage): Promise<SaslReply> {
    if (this.state !== 'begun') throw refused(this.peer, 'client tried invalid SASL start request');
    this.state = 'busy';
    const mechanism = this.offered.find((each) => each.name === name);
    return this.take(async () => {
      this.place = await placeOf(this.peer);
      await this.guard.admit(this.place, this.peer.signal);
      if (mechanism === undefined) {
        const { saslFailure, SaslFaultNumber } = await import('@virtwire/rpc/sasl');
        throw saslFailure(`Couldn't find mech ${printable(name)}`, { number: SaslFaultNumber.NoMechanism });
      }
      this.mechanism = mechanism;
      this.server = await mechanism.server(this.options);
      return this.server.start(bytesOf(message));
    });
  }

  async step(message: SaslMessage): Promise<SaslReply> {
    const { server } = this;
    if (this.state !== 'ready' || server === null) throw refused(this.peer, 'client tried invalid SASL step request');
    this.state = 'busy';
    return this.take(() => server.step(bytesOf(message)));
  }

  // Whatever fails takes the same way: a line in the log that says why, a delay, and one text for the client.
  private async take(
    run: () => ReturnType<SaslServer['step']> | Promise<Awaited<ReturnType<SaslServer['step']>>>,
  ): Promise<SaslReply> {
    try {
      if (++this.steps > MAX_STEPS) throw new Error(`the exchange has no end after ${MAX_STEPS} steps`);
      const { data, complete } = await run();
      if (complete) {
        this.finish();
        this.peer.attempted({ mechanism: this.mechanism?.name ?? null, refusal: null });
      } else this.state = 'ready';
      return { complete: complete ? 1 : 0, nil: data === null ? 1 : 0, data: data ?? new Uint8Array() };
    } catch (error) {
      this.state = 'over';
      const refusal = await reasonOf(error);
      this.peer.log('error', refusal);
      this.peer.log('error', authenticationFailed().message);
      this.peer.attempted({ mechanism: this.mechanism?.name ?? null, claimed: this.claimed, refusal });
      this.place ??= await placeOf(this.peer);
      await this.guard.failed(this.place, this.peer.signal);
      throw authenticationFailed(error);
    }
  }

  private finish(): void {
    this.state = 'over';
    const { user: claimed, layer } = this.server as SaslServer;
    const ssf = layer?.ssf ?? 0;
    const { minSsf } = this.options;
    const user = this.ownName(claimed ?? '');
    if (user === '') throw new Error('the mechanism ended without a user');
    if (ssf < minSsf) throw new Error(`negotiated SSF ${ssf} was not strong enough`);
    const names = [user, claimed ?? ''];
    if (this.allowed !== null && !this.allowed.some((pattern) => names.some((name) => matchesGlob(pattern, name)))) {
      this.peer.log('error', `SASL client identity '${printable(user)}' not allowed by ACL`);
      throw new Error("Client's username is not on the list of allowed clients");
    }
    this.peer.proven({ saslUser: user });
    this.peer.log('info', `SASL user '${printable(user)}' authenticated, SSF ${ssf}`);
    if (layer !== null) this.peer.switchChannelAfterReply((channel) => saslChannel(channel, layer));
  }

  // Users of our stores may name the realm of this host or leave it out: access rules know them by the one short name.
  private ownName(claimed: string): string {
    const realm = `@${this.options.realm}`;
    const isStored = this.mechanism?.needs.includes('password') === true;
    return isStored && claimed.endsWith(realm) ? claimed.slice(0, -realm.length) : claimed;
  }
}

// Clients of the socket are told apart by their user, others by their host.
async function placeOf({ identity, address, id, localUser }: SaslPeer): Promise<GuardPlace> {
  if (address !== 'unix') return { name: address.replace(/:[0-9]+$/, ''), crowd: null };
  const uid = identity.uid ?? (await localUser());
  return uid === null ? { name: `connection ${id}`, crowd: 'unix' } : { name: `uid ${uid}`, crowd: null };
}

function bytesOf({ nil, data }: SaslMessage): Uint8Array | null {
  return nil !== 0 ? null : data;
}

async function reasonOf(error: unknown): Promise<string> {
  const { faultText, SaslFault } = await import('@virtwire/rpc/sasl');
  const cause = error instanceof LibvirtError ? error.cause : undefined;
  if (cause instanceof SaslFault) {
    return `authentication failed: Failed to start SASL negotiation: ${faultText(cause.number, printable(cause.message))}`;
  }
  return error instanceof Error ? error.message : String(error);
}

// Names come from outside: no line of the log may be made up by one.
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out.
  return text.slice(0, 300).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '?');
}

function refused(peer: SaslPeer, why: string): LibvirtError {
  const told = authenticationFailed();
  peer.log('error', why);
  peer.log('error', told.message);
  peer.attempted({ mechanism: null, refusal: why });
  return told;
}
