// Opening a connection: the one place that knows the order of the steps.
import { type Driver, type DriverFactory, lxc, qemu, remote } from '@virtwire/protocol';
import {
  Caller,
  type Channel,
  type ConnectStage,
  ErrorCode,
  ErrorDomain,
  LibvirtError,
  programOf,
} from '@virtwire/rpc';
import { Connection, type ConnectionFacts } from './api/connection.ts';
import { authenticate } from './authenticate.ts';
import { type ClientConfig, chooseUri } from './config.ts';
import { type CredentialCallback, credentialSource, remembered } from './credentials.ts';
import type { Evidence } from './diagnosis/fault.ts';
import type { Host } from './host.ts';
import { OpeningProgress } from './opening-progress.ts';
import type { ReconnectOptions } from './reconnect.ts';
import { RemoteDriver } from './remote-driver.ts';
import { supportsKeepalive } from './remote-features.ts';
import type { DialTarget, Transport } from './transport/transport.ts';
import { type ConnectionUri, formatUri, noDriver, parseUri, remoteUri } from './uri.ts';
import { isOwnParameter, type RemoteParameters, readParameters } from './uri-parameters.ts';

/** When the other side is taken for dead. */
export interface KeepaliveOptions {
  /** Seconds of silence before it is asked for a sign of life. */
  readonly intervalS: number;
  /** Questions without answer before the connection is given up. */
  readonly count: number;
}

/** How to open a connection. */
export interface ConnectOptions {
  /** Opens read-only: every call that changes something is refused with code `OperationDenied`. */
  readonly readOnly?: boolean;
  /** Drivers that run in this process, e.g. the test driver; they get the URIs of their scheme that have no transport and no host. */
  readonly drivers?: readonly DriverFactory[];
  /** Puts a guard before a local driver; needed for `readOnly` with one of {@link drivers}. */
  readonly gate?: (driver: Driver, access: { readonly readOnly: boolean }) => Driver;
  /** Watches the link; false switches it off. 5 s and 5 when left out. Parameters of the URI win. */
  readonly keepalive?: KeepaliveOptions | false;
  /** False when the URI is not to be looked up among the aliases of libvirt.conf. */
  readonly aliases?: boolean;
  /** Asked for names, passwords and the like that auth.conf does not have; without it, opening fails when one is needed. */
  readonly credentials?: CredentialCallback;
  /** Called before polkit decides whether we may come in: a program on a terminal may start an agent that asks its user. */
  readonly beforePolkit?: () => Promise<void>;
  /** Gives up opening; afterwards it has no effect. */
  readonly signal?: AbortSignal;
  /** Environment that decides on defaults; the one of the process when left out. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A connection that comes back by itself when its link breaks; true for the usual intervals. Not for local drivers. */
  readonly reconnect?: ReconnectOptions | boolean;
  /** Told of each step of opening when it is behind, with what was seen; for those who want to watch. */
  readonly onStage?: (stage: ConnectStage, evidence: Evidence) => void;
}

/** What there is to open with. */
export interface OpenMeans {
  readonly host: Host;
  readonly transports: ReadonlyMap<string, Transport>;
  /** All names that libvirt knows, those that are not built included. */
  readonly transportNames: readonly string[];
}

const DEFAULT_KEEPALIVE: KeepaliveOptions = { intervalS: 5, count: 5 };
// VIR_CONNECT_RO.
const READ_ONLY = 1;

/**
 * Opens a connection with the given means.
 *
 * @param given what the user gave; null or empty for the default one
 * @throws LibvirtError in libvirt's words, with `stage`, `evidence` and `hint`; `signal.reason` when it was given up
 */
export async function open(given: string | null, options: ConnectOptions, means: OpenMeans): Promise<Connection> {
  const progress = new OpeningProgress(options.onStage);
  const { signal } = options;
  try {
    const plan = await planOpening(given, options, { means, progress });
    if (plan.local !== null) return await openLocal(plan.uri, plan.local, options);
    const { driver, facts } = await openRemote(plan, options, progress);
    if (options.reconnect === undefined || options.reconnect === false) return new Connection(driver, facts);
    const { ReconnectingDriver } = await import('./reconnect.ts');
    const rules = options.reconnect === true ? {} : options.reconnect;
    const again = async (stop: AbortSignal) => {
      // The signal of opening, and who watches it, have nothing to do with what comes later.
      const { signal: _signal, onStage: _onStage, ...rest } = options;
      const later = new OpeningProgress(undefined);
      try {
        return (await openRemote(plan, { ...rest, signal: stop }, later)).driver;
      } catch (thrown) {
        throw await later.explain(thrown);
      }
    };
    return new Connection(new ReconnectingDriver(driver, again, rules), facts);
  } catch (thrown) {
    signal?.throwIfAborted();
    throw await progress.explain(thrown);
  }
}

/** What is to be opened, and how. */
export type OpeningPlan =
  | { readonly local: DriverFactory; readonly uri: ConnectionUri }
  | { readonly local: null; readonly transport: Transport; readonly target: Omit<DialTarget, 'note'> };

/** Chooses URI, transport and parameters; connects to nothing. */
export async function planOpening(
  given: string | null,
  options: ConnectOptions,
  { means, progress }: { readonly means: OpenMeans; readonly progress: OpeningProgress },
): Promise<OpeningPlan> {
  options.signal?.throwIfAborted();
  const config = await means.host.readConfig();
  const text = chooseUri({ given, aliases: options.aliases ?? true, env: means.host.env, config });
  progress.note({ given: given ?? '', uri: text ?? '' });
  if (text === '') throw noDriver(given);
  const uri = text === null ? null : parseMeant(text, given);
  if (uri !== null && text !== null) refuseMissingSlash(uri, text);
  if (uri?.path === '/embed' && uri.transport !== null) {
    throw new LibvirtError(ErrorCode.NoConnect, `URI scheme '${uri.scheme}' for embedded driver is not valid`);
  }
  const factory = uri === null ? undefined : localFactory(uri, options);
  if (uri !== null && factory !== undefined) {
    progress.transport = 'local';
    progress.enter('open', { driver: uri.driver, transport: 'local' });
    return { local: factory, uri };
  }
  const parameters = readUri(uri, means, config);
  const transport = pickTransport(uri, parameters, means);
  progress.transport = transport.name;
  // Looked at by this transport alone, so a wrong value harms no other.
  if (transport.name === 'tls') parameters.tlsPriority ??= config.tlsPriority();
  const target = {
    uri,
    parameters,
    mode: parameters.mode ?? 'auto',
    readOnly: options.readOnly ?? false,
    userSession: isUserSession(uri, means.host.uid),
    host: means.host,
    credentials: credentialSource(
      () => means.host.readAuthFile(parameters.authFile),
      options.reconnect ? remembered(options.credentials) : (options.credentials ?? null),
    ),
  };
  progress.enter('connect', { driver: uri?.driver ?? '', transport: transport.name });
  return { local: null, transport, target };
}

async function openRemote(
  { transport, target }: Extract<OpeningPlan, { local: null }>,
  options: ConnectOptions,
  progress: OpeningProgress,
): Promise<OpenedDriver> {
  const channel = await transport.dial({ ...target, note: (evidence) => progress.note(evidence) }, options.signal);
  progress.enter('authentication', {});
  const { encrypted, secure } = transport;
  return openDriver(channel, target, { ...options, encrypted, secure, progress });
}

interface OpenDriverOptions extends ConnectOptions {
  readonly encrypted: boolean;
  readonly secure: boolean;
  readonly progress: OpeningProgress;
}

interface OpenedDriver {
  readonly driver: RemoteDriver;
  readonly facts: ConnectionFacts;
}

// Over a channel: authentication, keepalive, open. The channel is closed when that fails.
async function openDriver(
  channel: Channel,
  { uri, parameters, readOnly, credentials }: Omit<DialTarget, 'note'>,
  options: OpenDriverOptions,
): Promise<OpenedDriver> {
  const { signal, encrypted, secure, progress } = options;
  const caller = new Caller(channel, { programs: [remote[programOf], qemu[programOf], lxc[programOf]] });
  try {
    const host = uri?.host ?? 'localhost';
    const note = (evidence: Evidence) => progress.note(evidence);
    const { beforePolkit } = options;
    await authenticate(caller, { wanted: parameters.auth, host, secure, credentials, signal, note, beforePolkit });
    progress.enter('open', {});
    const keepalive = chosenKeepalive(parameters, options);
    const name = parameters.name ?? (uri === null ? '' : remoteUri(uri, isOwnParameter));
    progress.note({ name });
    // Neither needs the other, so both leave in one write.
    const [watched] = await Promise.all([
      keepalive !== null && startKeepalive(caller, keepalive, signal),
      caller.call(remote.connectOpen, { name, flags: readOnly ? READ_ONLY : 0 }, { signal }),
    ]);
    const opened = uri === null ? (await caller.call(remote.connectGetUri, {}, { signal })).uri : formatUri(uri);
    progress.enter('open', { opened, keepalive: watched });
    const facts: ConnectionFacts = { uri: opened, readOnly, encrypted, secure, watched };
    return { driver: new RemoteDriver(caller), facts };
  } catch (thrown) {
    await caller.close();
    signal?.throwIfAborted();
    throw thrown;
  }
}

// libvirt names what the user gave, not the alias or default that it stands for.
function parseMeant(text: string, given: string | null): ConnectionUri {
  try {
    return parseUri(text);
  } catch (thrown) {
    if (text === given || !(thrown instanceof LibvirtError) || thrown.code !== ErrorCode.NoConnect) throw thrown;
    throw noDriver(given === '' ? null : given);
  }
}

// Instances of these drivers are chosen by the path, and no host has such a name (virConnectCheckURIMissingSlash).
function refuseMissingSlash({ scheme, host }: ConnectionUri, text: string): void {
  if (!['qemu', 'vbox', 'vz'].includes(scheme) || (host !== 'system' && host !== 'session')) return;
  const detail = `invalid URI ${text} (maybe you want ${scheme}:///${host})`;
  throw new LibvirtError(ErrorCode.InternalError, detail, { domain: ErrorDomain.None });
}

function localFactory(uri: ConnectionUri, options: ConnectOptions): DriverFactory | undefined {
  if (uri.transport !== null || uri.host !== null) return undefined;
  return options.drivers?.find(({ scheme }) => scheme === uri.driver);
}

async function openLocal(uri: ConnectionUri, factory: DriverFactory, options: ConnectOptions): Promise<Connection> {
  const { readOnly = false, gate, signal } = options;
  if (readOnly && gate === undefined) {
    const text = 'read-only access to a driver of this process needs the gate option';
    throw new LibvirtError(ErrorCode.InvalidArg, text, { domain: ErrorDomain.None });
  }
  const text = formatUri(uri);
  const driver = await factory.open(text, signal === undefined ? {} : { signal });
  return new Connection(gate === undefined ? driver : gate(driver, { readOnly }), {
    uri: text,
    readOnly,
    encrypted: false,
    secure: true,
    watched: false,
  });
}

// libvirt looks at the transport first, then at the parameters.
function readUri(uri: ConnectionUri | null, { transportNames }: OpenMeans, config: ClientConfig): RemoteParameters {
  const defaults = { mode: () => config.remoteMode(), proxy: () => config.remoteProxy() };
  if (uri === null) return readParameters([], defaults);
  if (uri.transport !== null && !transportNames.includes(uri.transport)) {
    throw invalid(`remote_open: transport in URL not recognised (should be ${transportNames.join('|')})`);
  }
  return readParameters(uri.parameters, defaults);
}

function pickTransport(uri: ConnectionUri | null, parameters: RemoteParameters, { transports }: OpenMeans): Transport {
  const name = uri?.transport ?? (uri === null || uri.host === null ? 'unix' : 'tls');
  const transport = transports.get(name);
  if (transport !== undefined) return transport;
  if (name === 'ext' && parameters.command === null) {
    throw invalid("remote_open: for 'ext' transport, command is required");
  }
  throw new LibvirtError(ErrorCode.NoSupport, null, {
    message: `transport '${name}' is not built into this client yet (there are: ${[...transports.keys()].join(', ')})`,
    domain: ErrorDomain.Remote,
  });
}

// The daemon of the user is meant by any /session, and by the test driver when a transport is given (remoteConnectOpen).
function isUserSession(uri: ConnectionUri | null, uid: number | null): boolean {
  if (uid === null || uid === 0) return false;
  return uri === null || uri.path === '/session' || uri.scheme.startsWith('test+');
}

function chosenKeepalive(parameters: RemoteParameters, options: ConnectOptions): KeepaliveOptions | null {
  const { keepalive = DEFAULT_KEEPALIVE } = options;
  const base = keepalive === false ? { intervalS: 0, count: DEFAULT_KEEPALIVE.count } : keepalive;
  const intervalS = parameters.keepaliveIntervalS ?? base.intervalS;
  return intervalS > 0 ? { intervalS, count: parameters.keepaliveCount ?? base.count } : null;
}

async function startKeepalive(
  caller: Caller,
  options: KeepaliveOptions,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (!(await supportsKeepalive(caller, signal))) return false;
  caller.startKeepalive(options);
  return true;
}

function invalid(detail: string): LibvirtError {
  return new LibvirtError(ErrorCode.InvalidArg, detail, { domain: ErrorDomain.Remote });
}
