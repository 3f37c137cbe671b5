// What the daemon answers itself about a connection: authentication, opening, closing, features.
import { gate } from '@virtwire/drivers';
import { type Driver, remote } from '@virtwire/protocol';
import { DriverFeature, LIBVIRT_VERSION_NUMBER } from '@virtwire/protocol/constants';
import { ErrorCode, ErrorDomain, LibvirtError, type Procedure, toLibvirtError } from '@virtwire/rpc';
import { authenticateByPolkit, unixAction } from '../auth/polkit.ts';
import { authenticationFailed } from '../auth/refusal.ts';
import type { SaslAuthority, SaslExchange, SaslReply } from '../auth/sasl.ts';
import { answer, OpenConnection, opened, type Session, type SessionHandler } from './handler.ts';

/** Asked by our own client: whether calls may be sent behind `connectOpen` without waiting for its reply. */
export const PIPELINING_FEATURE = 0x7677_0001;

/** Bit of `connectOpen` that asks for a connection which may not change anything (VIR_CONNECT_RO). */
const OPEN_READ_ONLY = 1;

const authTypes = { none: 0, sasl: 1, polkit: 2 } as const;

// Answered by the daemon, whatever the driver.
const daemonFeatures: ReadonlyMap<number, number> = new Map<number, number>([
  [DriverFeature.RemoteEventCallback, 1],
  [DriverFeature.RemoteCloseCallback, 1],
  [PIPELINING_FEATURE, 1],
  // Descriptors cannot be passed over sockets of Node.
  [DriverFeature.FdPassing, 0],
]);

/** The handlers, by procedure. */
export const sessionHandlers: ReadonlyMap<Procedure, SessionHandler> = new Map<Procedure, SessionHandler>([
  answer(remote.authList, (session) => ({ types: [session.authenticated ? 0 : authTypes[session.service.auth]] })),
  answer(remote.authSaslInit, saslInit),
  answer(remote.authSaslStart, (session, { mech, ...message }) =>
    saslExchange(session, 'start', (exchange) => exchange.start(mech, message)),
  ),
  answer(remote.authSaslStep, (session, message) =>
    saslExchange(session, 'step', (exchange) => exchange.step(message)),
  ),
  answer(remote.authPolkit, (session) => {
    if (session.service.auth === 'polkit' && !session.authenticated) return polkit(session);
    opened(session);
    // libvirtd forgets to say why on a service without polkit, and its client then finds these words.
    const message = 'Library function returned error but did not set virError';
    throw new LibvirtError(ErrorCode.InternalError, null, {
      domain: ErrorDomain.Rpc,
      message,
      str1: null,
      int1: 0,
      int2: 0,
    });
  }),

  answer(remote.connectOpen, (session, { name, flags }) => {
    if (session.connection !== null) {
      // libvirtd lets go of the first one, too: its handler leaves by the path of a failed open.
      session.closeConnection();
      throw new LibvirtError(ErrorCode.InternalError, 'connection already open', { domain: ErrorDomain.Rpc });
    }
    const readOnly = session.service.readOnly || (flags & OPEN_READ_ONLY) !== 0;
    const context = { identity: session.identity };
    const permitted = session.options.access?.permitOpen(name ?? '', context);
    const open = () => session.options.registry.open(name ?? '', context);
    const opened = permitted instanceof Promise ? permitted.then(open) : open();
    if (!(opened instanceof Promise)) {
      keep(session, opened.uri, opened.driver, readOnly);
      return {};
    }
    const done = opened.then(({ uri, driver }) => {
      keep(session, uri, driver, readOnly);
      // Whom it was opened for may have left meanwhile.
      if (session.isGone) session.closeConnection();
      return {};
    });
    const settled = () => {
      session.opening = null;
    };
    session.opening = done.then(settled, settled);
    return done;
  }),
  answer(remote.connectClose, (session) => {
    session.closeConnection();
    session.responder.closeAfterReply();
    return {};
  }),
  answer(remote.connectGetUri, (session) => ({ uri: opened(session).uri })),
  answer(remote.connectGetLibVersion, (session) => {
    opened(session);
    return { lib_ver: BigInt(LIBVIRT_VERSION_NUMBER) };
  }),
  answer(remote.connectSupportsFeature, (session, args) => {
    if (args.feature === DriverFeature.ProgramKeepalive) {
      startKeepalive(session);
      return { supported: 1 };
    }
    const { driver, context } = opened(session);
    const supported = daemonFeatures.get(args.feature);
    return supported === undefined ? driver.call(remote.connectSupportsFeature, args, context) : { supported };
  }),
  answer(remote.connectRegisterCloseCallback, (session) => {
    opened(session).wantsCloseEvent = true;
    return {};
  }),
  answer(remote.connectUnregisterCloseCallback, (session) => {
    opened(session).wantsCloseEvent = false;
    return {};
  }),
  answer(remote.connectSetIdentity, (session) => {
    opened(session);
    // Only a daemon in front of this one may speak for others, and nothing here could tell it from any other session.
    throw new LibvirtError(ErrorCode.NoSupport, 'virConnectSetIdentity', { domain: ErrorDomain.Rpc });
  }),
]);

function keep(session: Session, uri: string, driver: Driver, readOnly: boolean): void {
  const { identity } = session;
  const { access } = session.options;
  const guarded = access?.guard(driver, uri, (reason) => session.cut(reason));
  const onRefused = access?.readOnlyRefused.bind(access);
  const gated = gate(guarded ?? driver, { readOnly, ...(onRefused === undefined ? {} : { onRefused }) });
  const connection = new OpenConnection(uri, gated, {
    get signal() {
      return session.responder.signal;
    },
    identity,
  });
  connection.readOnly = readOnly;
  connection.permit = guarded === undefined ? null : guarded.permit.bind(guarded);
  session.connection = connection;
  driver.onLost?.((reason) => {
    session.log('error', `the connection to ${uri} is lost: ${reason.message}`);
    if (session.connection !== connection || !connection.wantsCloseEvent) return;
    session.responder.sendEvent(remote.connectEventConnectionClosed, { reason: 0 });
  });
}

// A client that asks again while its user is being asked gets the same answer: one dialog for each, whatever it sends.
const polkitAtWork = new WeakMap<Session, Promise<{ complete: number }>>();

function polkit(session: Session): Promise<{ complete: number }> {
  let answer = polkitAtWork.get(session);
  if (answer === undefined) {
    answer = askPolkit(session).finally(() => polkitAtWork.delete(session));
    polkitAtWork.set(session, answer);
  }
  return answer;
}

async function askPolkit(session: Session): Promise<{ complete: number }> {
  const { identity, service } = session;
  const authority = session.options.polkit;
  if (authority === undefined) throw new LibvirtError(ErrorCode.AuthFailed, 'authentication failed');
  const mechanism = unixAction(service.readOnly);
  try {
    await authenticateByPolkit(authority, identity, service.readOnly, session.responder.signal);
  } catch (error) {
    const who = `process ${identity.pid ?? '?'} of user ${identity.uid ?? '?'}`;
    const refusal = toLibvirtError(error).message;
    session.log('error', `${mechanism} for ${who}: ${refusal}`);
    session.attempted({ method: 'polkit', mechanism, refusal });
    throw error;
  }
  session.proven({});
  session.attempted({ method: 'polkit', mechanism, refusal: null });
  return { complete: 1 };
}

function startKeepalive(session: Session): void {
  const { keepaliveIntervalS, keepaliveCount } = session.options;
  if (keepaliveIntervalS > 0) {
    session.responder.startKeepalive({ intervalS: keepaliveIntervalS, count: keepaliveCount });
  }
}

async function saslInit(session: Session): Promise<{ mechlist: string }> {
  const authority = saslOf(session);
  if (session.sasl !== null) throw saslRefused(session, 'client tried invalid SASL init request');
  session.responder.pauseUntilReply();
  const { responder } = session;
  session.sasl = await authority.begin({
    service: session.service,
    address: session.address,
    id: session.id,
    localUser: () => session.localUser(),
    get identity() {
      return session.identity;
    },
    signal: responder.signal,
    proven: (proof) => session.proven(proof),
    attempted: (outcome) => session.attempted({ method: 'sasl', ...outcome }),
    log: (level, text) => session.log(level, text),
    switchChannelAfterReply: (wrap) => responder.switchChannelAfterReply(wrap),
  });
  return { mechlist: session.sasl.mechanisms };
}

// Nothing behind the message is read before its reply is out: what a client sends next may have to go through a layer.
async function saslExchange(
  session: Session,
  stage: 'start' | 'step',
  run: (exchange: SaslExchange) => Promise<SaslReply>,
): Promise<SaslReply> {
  saslOf(session);
  const exchange = session.sasl;
  if (exchange === null) throw saslRefused(session, `client tried invalid SASL ${stage} request`);
  session.responder.pauseUntilReply();
  try {
    return await run(exchange);
  } catch (error) {
    // A client may begin again; each failure has cost it time.
    session.sasl = null;
    throw error;
  }
}

function saslOf(session: Session): SaslAuthority {
  const { sasl } = session.options;
  if (sasl !== undefined && session.service.auth === 'sasl' && !session.authenticated) return sasl;
  throw saslRefused(session, 'client tried to use SASL where it is not asked for');
}

// The same words whatever was wrong, and the same ones for a service without SASL: a client learns nothing from them.
function saslRefused(session: Session, why: string): LibvirtError {
  const told = authenticationFailed();
  session.log('error', why);
  session.log('error', told.message);
  session.attempted({ method: 'sasl', mechanism: null, refusal: why });
  return told;
}
