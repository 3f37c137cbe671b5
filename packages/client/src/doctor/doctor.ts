// Walks the way to a daemon step by step, says what each step shows, and what mends the one that fails.
import { type ConnectStage, ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import type { Connection } from '../api/connection.ts';
import { explain, faultOf } from '../diagnosis/explain.ts';
import { isDriver, likelyDriver } from '../diagnosis/drivers.ts';
import { type Evidence, textOf } from '../diagnosis/fault.ts';
import { nodeHost } from '../node/host.ts';
import { type ConnectOptions, open, type OpenMeans, type OpeningPlan, planOpening } from '../open.ts';
import { OpeningProgress } from '../opening-progress.ts';
import { nodeTransports, transportNames } from '../transport/index.ts';
import { sshArguments } from '../transport/ssh.ts';
import { tcpPlace } from '../transport/tcp.ts';
import { tlsPlace } from '../transport/tls.ts';
import { socketPath } from '../transport/unix.ts';
import { addressesOf, tryAddresses, unreachable } from './addresses.ts';
import { certificateRequest } from './certificate-request.ts';
import { askConfiguration, isThisHost } from './server-configuration.ts';
import { socketFacts } from './socket-facts.ts';
import { probeTls, speaksRpc } from './tls-probe.ts';

/** One step of the way. */
export interface DoctorStep {
  readonly stage: ConnectStage;
  /** `warning`: it works, but not as it should. */
  readonly state: 'ok' | 'warning' | 'failed';
  /** What it shows, in one line; for a failed one the error's text. */
  readonly text: string;
  readonly evidence: Evidence;
  /** Name of the fault, null when there is none. */
  readonly fault: string | null;
  /** What mends it, null when nothing needs mending. */
  readonly hint: string | null;
}

/** How to look. */
export interface DoctorOptions extends Omit<ConnectOptions, 'onStage' | 'reconnect' | 'signal'> {
  /** Milliseconds that each step may take; 5000 when left out, and six times as much for ssh, which may ask the user. */
  readonly patienceMs?: number;
  /** Configuration of the daemon, where it is on this host; that of the process that listens there when left out. */
  readonly serverConfiguration?: string;
  /** Milliseconds to stay and watch the link once it is open; 0 when left out. */
  readonly watchMs?: number;
}

const PATIENCE_MS = 5_000;
const SSH_FACTOR = 6;
const PROBE_MS = 2_000;
// VIR_DRV_FEATURE_REMOTE_EVENT_CALLBACK.
const EVENT_CALLBACKS = 14;

/**
 * Examines the way to a daemon. Each step comes as soon as it is known; the first failed one is the last.
 *
 * @param uri as for connect()
 */
export async function* doctor(uri: string | null, options: DoctorOptions = {}): AsyncGenerator<DoctorStep, void> {
  const progress = new OpeningProgress(undefined);
  let stage: ConnectStage = 'uri';
  const notes: Record<string, unknown> = {};
  const enter = (next: ConnectStage, evidence: Evidence = {}) => {
    stage = next;
    Object.assign(notes, evidence);
  };
  try {
    const means: OpenMeans = { host: nodeHost(options.env), transports: nodeTransports, transportNames };
    const plan = await planOpening(uri, options, { means, progress });
    Object.assign(notes, progress.evidence);
    yield uriStep(plan, progress);
    stage = plan.local === null ? 'connect' : 'open';
    if (plan.local === null) {
      for await (const step of lookAhead(plan, options, enter)) yield step;
    }
    for await (const step of openAndLook({ uri, plan, options, means, enter, notes })) yield step;
  } catch (thrown) {
    yield await failed(thrown, { stage, transport: progress.transport, evidence: notes }, options);
  }
}

type RemotePlan = Extract<OpeningPlan, { local: null }>;
type Enter = (stage: ConnectStage, evidence?: Evidence) => void;

// A name that no driver has may be one of an unknown daemon, so this is no failure yet.
function uriStep(plan: OpeningPlan, progress: OpeningProgress): DoctorStep {
  const step = good('uri', describe(plan, progress), progress.evidence);
  const driver = textOf(progress.evidence, 'driver');
  if (driver === '' || isDriver(driver)) return step;
  const given = textOf(progress.evidence, 'uri');
  const likely = likelyDriver(driver);
  const hint = /^[^/]+:\d+$/.test(given)
    ? `libvirt has no driver '${driver}': a host and its port stand behind a driver and transport, as in qemu+tcp://${given}/system`
    : `libvirt has no driver '${driver}'${likely === null ? ': a URI begins with one, as in qemu:///system' : `, perhaps ${likely} is meant`}`;
  return { ...step, state: 'warning', fault: 'driver-unknown', hint };
}

function describe(plan: OpeningPlan, { evidence }: OpeningProgress): string {
  const given = textOf(evidence, 'given');
  const meant = textOf(evidence, 'uri');
  if (meant === '') return 'no URI is given: the daemon of this host chooses, transport unix';
  const from = given === meant ? '' : given === '' ? ' (by default)' : ` (for ${given})`;
  if (plan.local !== null) return `${meant}${from}: driver ${plan.uri.driver}, in this process`;
  return `${meant}${from}: driver ${textOf(evidence, 'driver')}, transport ${plan.transport.name}`;
}

// What can be looked at before the connection itself: it tells more than the failure of the whole.
async function* lookAhead(plan: RemotePlan, options: DoctorOptions, enter: Enter): AsyncGenerator<DoctorStep, void> {
  const { transport, target } = plan;
  if (transport.name === 'unix') {
    const path = target.parameters.socket ?? (target.uri?.host ? null : await socketPath(target));
    if (path !== null) enter('connect', await socketFacts(path));
    else enter('connect');
    return;
  }
  if (transport.name === 'ssh') {
    const command = [target.parameters.command ?? 'ssh', ...sshArguments(target)];
    enter('proxy', { commandLine: command.join(' ') });
    return;
  }
  if (transport.name === 'tcp') yield* lookAtHost(tcpPlace(target.uri), options, enter);
  if (transport.name === 'tls') {
    const { host, port, files } = await tlsPlace(target);
    enter('certificate', { pkipath: target.parameters.pkipath, priority: target.parameters.tlsPriority });
    yield* lookAtHost({ host, port }, options, enter);
    enter('certificate');
    const { DEFAULT_PRIORITY, tlsCredentials } = await import('@virtwire/rpc/tls');
    const { noSanity, tlsPriority } = target.parameters;
    const sanity = !noSanity;
    const credentials = tlsCredentials({ side: 'client', files, priority: tlsPriority ?? DEFAULT_PRIORITY, sanity });
    enter('tls');
    const probe = await probeTls({ host, port, patienceMs: options.patienceMs ?? PATIENCE_MS }, credentials);
    const { protocol, cipher, certificate } = probe;
    enter('certificate', { protocol, cipher, server: certificate });
    const until = textOf(certificate, 'notAfter').slice(0, 10);
    const text = `${protocol}, ${cipher}; the server shows ${textOf(certificate, 'subject')}, signed by ${textOf(certificate, 'issuer')}, good until ${until}`;
    yield good('tls', text, { protocol, cipher, server: certificate });
  }
}

async function* lookAtHost(
  { host, port }: { readonly host: string; readonly port: number },
  options: DoctorOptions,
  enter: Enter,
): AsyncGenerator<DoctorStep, void> {
  enter('resolve', { host, port: String(port) });
  const addresses = await addressesOf(host, port);
  enter('connect', { addresses, local: addresses.some(isThisHost) });
  yield good('resolve', `${host} is ${addresses.join(', ')}`, { host, addresses });
  const attempts = await tryAddresses(addresses, port, options.patienceMs ?? PATIENCE_MS);
  enter('connect', { attempts });
  const text = attempts
    .map(({ address, result, ms }) => `${address} port ${port}: ${result} after ${ms} ms`)
    .join('; ');
  const connected = attempts.filter(({ result }) => result === 'connected');
  if (connected.length === 0) throw unreachable(host, port, attempts);
  if (connected.length === attempts.length) yield good('connect', text, { attempts });
  else {
    const hint = `not every address of ${host} answers, which costs time: let the daemon listen at all of them (listen_addr), or take the others from the name`;
    yield { stage: 'connect', state: 'warning', text, evidence: { attempts }, fault: 'address-without-daemon', hint };
  }
}

interface Examination {
  readonly uri: string | null;
  readonly plan: OpeningPlan;
  readonly options: DoctorOptions;
  readonly means: OpenMeans;
  readonly enter: Enter;
  readonly notes: Readonly<Record<string, unknown>>;
}

async function* openAndLook({ uri, plan, options, means, enter }: Examination): AsyncGenerator<DoctorStep, void> {
  const name = plan.local === null ? plan.transport.name : 'local';
  const isProxy = ['ssh', 'libssh', 'libssh2', 'ext'].includes(name);
  const patienceMs = (options.patienceMs ?? PATIENCE_MS) * (isProxy ? SSH_FACTOR : 1);
  const watchdog = new Watchdog(patienceMs);
  const steps: DoctorStep[] = [];
  let seen: Evidence = {};
  const { credentials } = options;
  const how: ConnectOptions = {
    ...options,
    signal: watchdog.signal,
    ...(credentials === undefined
      ? {}
      : { credentials: (...question) => watchdog.asleep(() => credentials(...question)) }),
    onStage: (stage, evidence) => {
      watchdog.feed();
      enter(nextStage(stage), evidence);
      seen = evidence;
      // Only an answer shows that what runs on the way leads to a daemon.
      if (isProxy && stage === 'authentication') {
        steps.push(good('proxy', `${textOf(evidence, 'command') || name} leads to a daemon`, evidence));
      }
      const told = toldOf(stage, evidence, name);
      if (told !== null) steps.push(good(told.stage, told.text, told.evidence));
    },
  };
  let connection: Connection;
  try {
    connection = await open(uri, how, means);
  } catch (thrown) {
    yield* steps;
    if (watchdog.signal.aborted && thrown === watchdog.signal.reason) {
      const text = `no answer within ${patienceMs / 1000} s`;
      throw new LibvirtError(ErrorCode.OperationTimeout, text, {
        domain: ErrorDomain.Rpc,
        evidence: { timedOut: true },
      });
    }
    throw thrown;
  } finally {
    watchdog.stop();
  }
  yield* steps;
  try {
    yield await opened(connection, seen);
    const { watchMs = 0 } = options;
    if (watchMs > 0) {
      enter('open', { watched: connection.watched });
      const end = await within(connection.closed, watchMs);
      if (end !== null) throw end.error ?? new LibvirtError(ErrorCode.InternalError, end.text);
      yield good('open', `the link stood for ${watchMs / 1000} s`, { watched: connection.watched });
    }
  } finally {
    await connection.close();
  }
}

async function opened(connection: Connection, evidence: Evidence): Promise<DoctorStep> {
  const local = evidence['transport'] === 'local';
  const [type, version, hostname, eventCallbacks] = await Promise.all([
    connection.getType(),
    unlessUnsupported(connection.getLibVersion()),
    connection.readOnly ? null : unlessUnsupported(connection.getHostname()),
    local || unlessUnsupported(connection.supportsFeature(EVENT_CALLBACKS)),
  ]);
  const libvirt = version === null ? null : versionText(version);
  const where = hostname === null ? '' : `, host ${hostname}`;
  const text = `driver ${type}${libvirt === null ? '' : ` of libvirt ${libvirt}`}${where}${connection.readOnly ? ', read-only' : ''}`;
  const all = { ...evidence, type, libvirt, hostname, ...(local ? {} : { eventCallbacks: eventCallbacks === true }) };
  if (eventCallbacks === true) return good('open', text, all);
  const hint = `libvirt ${libvirt} knows no callback ids of events: events of single objects are picked out here; a newer one does more`;
  return { stage: 'open', state: 'warning', text, evidence: all, fault: 'server-too-old', hint };
}

// Not every driver says everything; one that does not is no fault.
async function unlessUnsupported<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof LibvirtError && thrown.code === ErrorCode.NoSupport) return null;
    throw thrown;
  }
}

function versionText(version: bigint | number): string {
  const number = Number(version);
  return `${Math.floor(number / 1_000_000)}.${Math.floor(number / 1000) % 1000}.${number % 1000}`;
}

// What comes behind a step that is told.
function nextStage(stage: ConnectStage): ConnectStage {
  if (stage === 'uri') return 'connect';
  return stage === 'connect' ? 'authentication' : 'open';
}

interface Told {
  readonly stage: ConnectStage;
  readonly text: string;
  readonly evidence: Evidence;
}

function toldOf(stage: ConnectStage, evidence: Evidence, name: string): Told | null {
  if (stage === 'connect') {
    if (name === 'tls') {
      return { stage: 'certificate', text: "the server's certificate is good, and ours is accepted", evidence };
    }
    if (name === 'unix') return { stage, text: `${textOf(evidence, 'socket')} takes connections`, evidence };
  }
  if (stage === 'authentication') {
    const mechanism = textOf(evidence, 'saslMechanism');
    const types = (evidence['types'] as readonly string[] | undefined)?.join(', ') ?? 'nothing';
    const by = mechanism === '' ? '' : `; ${mechanism} as '${textOf(evidence, 'saslUser')}'`;
    return { stage, text: `the daemon asks for ${types}${by}`, evidence };
  }
  return null;
}

// A last look from another side, at what the error alone does not tell.
async function failed(
  thrown: unknown,
  situation: { readonly stage: ConnectStage; readonly transport: string | null; readonly evidence: Evidence },
  options: DoctorOptions,
): Promise<DoctorStep> {
  let error = explain(thrown, situation);
  if (!(error instanceof LibvirtError)) throw thrown;
  const more = await askFurther(error, situation.transport, options);
  if (Object.keys(more).length > 0) {
    // What was asked now counts more than what the error brought.
    const { possible: _possible, ...known } = error.evidence ?? {};
    error = explain(withEvidence(thrown as LibvirtError, { ...known, ...more }), situation);
  }
  const { stage, message, evidence, hint } = error as LibvirtError;
  return {
    stage: stage ?? situation.stage,
    state: 'failed',
    text: message,
    evidence: evidence ?? {},
    fault: faultOf(error),
    hint,
  };
}

async function askFurther(error: LibvirtError, transport: string | null, options: DoctorOptions): Promise<Evidence> {
  const evidence = error.evidence ?? {};
  const fault = faultOf(error) ?? '';
  const place = { host: textOf(evidence, 'host'), port: Number(textOf(evidence, 'port')), patienceMs: PROBE_MS };
  if (transport === 'tls' && error.stage === 'tls') return (await speaksRpc(place)) ? { speaks: 'rpc' } : {};
  if (transport === 'tcp' && ['closed-without-answer', 'port-is-not-libvirt', 'daemon-silent'].includes(fault)) {
    return probeTls(place, null).then(
      ({ protocol }) => ({ speaks: 'tls', protocol }),
      () => ({}),
    );
  }
  const isRefused = error.stage === 'certificate' && evidence['sent'] !== undefined;
  const request = isRefused ? await certificateRequest(place) : null;
  const seen = request === null ? {} : { asked: request.asked, acceptedAuthorities: request.authorities };
  const secret = isRefused || fault === 'login-refused';
  const { serverConfiguration = null } = options;
  const near = evidence['local'] === true || transport === 'unix' || serverConfiguration !== null;
  return secret && near ? { ...seen, ...(await askConfiguration(evidence, serverConfiguration)) } : seen;
}

function withEvidence(error: LibvirtError, evidence: Evidence): LibvirtError {
  const { code, message, domain, remote, cause, stage, hint } = error;
  return new LibvirtError(code, null, {
    message,
    domain,
    remote,
    cause,
    evidence,
    ...(stage === null ? {} : { stage }),
    ...(hint === null ? {} : { hint }),
  });
}

function good(stage: ConnectStage, text: string, evidence: Evidence): DoctorStep {
  return { stage, state: 'ok', text, evidence, fault: null, hint: null };
}

/** Aborts what has shown no progress for too long; the time that the user thinks does not count. */
class Watchdog {
  readonly #controller = new AbortController();
  readonly #patienceMs: number;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(patienceMs: number) {
    this.#patienceMs = patienceMs;
    this.feed();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  feed(): void {
    this.stop();
    this.#timer = setTimeout(() => this.#controller.abort(), this.#patienceMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  async asleep<T>(work: () => T | Promise<T>): Promise<T> {
    this.stop();
    try {
      return await work();
    } finally {
      this.feed();
    }
  }
}

async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, ms, null);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
