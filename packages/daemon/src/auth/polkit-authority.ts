// Asks polkit over the system bus whether a process may do something.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { MessageBus } from 'dbus-native';

/** The process that wants something, told apart from a later one with the same id by its start time. */
export interface PolkitSubject {
  readonly pid: number;
  /** Clock ticks since the system was started. */
  readonly startTime: bigint;
  readonly uid: number;
}

/** What polkit says. */
export interface PolkitAnswer {
  readonly authorized: boolean;
  /** Its user would have to be asked, and was not, for want of an agent or because nobody wanted that. */
  readonly challenge: boolean;
  /** Its user was asked and did not want to answer. */
  readonly dismissed: boolean;
}

/** One question. */
export interface PolkitQuestion {
  readonly action: string;
  readonly subject: PolkitSubject;
  /** Facts for polkit's rules. */
  readonly details?: Readonly<Record<string, string>>;
  /** True when polkit may ask the user, who may take any time to answer. */
  readonly interactive: boolean;
  /** Withdraws the question: polkit takes its dialog away. */
  readonly signal?: AbortSignal;
}

/** Whoever answers such questions. */
export interface PolkitAuthority {
  /** @throws LibvirtError `InternalError` without a bus, `DbusService` when polkit itself fails, the signal's reason */
  check(question: PolkitQuestion): Promise<PolkitAnswer>;
  close(): void;
}

// A bus ends a connection's calls beyond 128 that wait for an answer (max_replies_per_connection).
const MAX_AT_WORK = 64;

/** How long a question without a dialog may take, in milliseconds. */
const ANSWER_MS = 25_000;

/** AllowUserInteraction of CheckAuthorization. */
const ALLOW_USER_INTERACTION = 1;

const SYSTEM_BUS = 'unix:path=/run/dbus/system_bus_socket';

const authorityAddress = {
  destination: 'org.freedesktop.PolicyKit1',
  path: '/org/freedesktop/PolicyKit1/Authority',
  interface: 'org.freedesktop.PolicyKit1.Authority',
};

/**
 * The polkit of this host. The bus is connected by the first question, and again when it was lost.
 *
 * @param address of the bus; the system's own when left out
 * @see virPolkitCheckAuth
 */
export function systemPolkit(address = process.env['DBUS_SYSTEM_BUS_ADDRESS'] ?? SYSTEM_BUS): PolkitAuthority {
  let bus: Promise<MessageBus> | undefined;
  let number = 0;
  let atWork = 0;
  const waiting: (() => void)[] = [];

  function connected(): Promise<MessageBus> {
    bus ??= connectBus(address, () => {
      bus = undefined;
    }).catch((error: unknown) => {
      bus = undefined;
      throw error;
    });
    return bus;
  }

  async function turn(): Promise<void> {
    if (atWork >= MAX_AT_WORK) await new Promise<void>((resolve) => waiting.push(resolve));
    else atWork++;
  }
  function done(): void {
    const next = waiting.shift();
    if (next === undefined) atWork--;
    else next();
  }

  return {
    async check({ action, subject, details = {}, interactive, signal }) {
      signal?.throwIfAborted();
      await turn();
      try {
        const current = await connected();
        signal?.throwIfAborted();
        const cancellation = `virtwired-${process.pid}-${number++}`;
        const body = [
          ['unix-process', subjectFacts(subject)],
          action,
          Object.entries(details),
          interactive ? ALLOW_USER_INTERACTION : 0,
          cancellation,
        ];
        const withdraw = () => {
          // Nobody waits for the answer to this; the question itself fails by the signal.
          void current
            .invoke({ ...authorityAddress, member: 'CancelCheckAuthorization', signature: 's', body: [cancellation] })
            .catch(() => undefined);
        };
        signal?.addEventListener('abort', withdraw, { once: true });
        try {
          return toAnswer(
            await current.invoke(
              { ...authorityAddress, member: 'CheckAuthorization', signature: '(sa{sv})sa{ss}us', body },
              { timeout: interactive ? 0 : ANSWER_MS, ...(signal === undefined ? {} : { signal }) },
            ),
          );
        } catch (error) {
          signal?.throwIfAborted();
          throw serviceError(error);
        } finally {
          signal?.removeEventListener('abort', withdraw);
        }
      } finally {
        done();
      }
    },
    close() {
      const current = bus;
      bus = undefined;
      current?.then(
        (open) => void open.close(),
        () => undefined,
      );
    },
  };
}

async function connectBus(address: string, lost: () => void): Promise<MessageBus> {
  // A CommonJS module: only its default is there in a bundle as well.
  const { default: dbus } = await import('dbus-native');
  return await new Promise<MessageBus>((resolve, reject) => {
    const failed = (error: unknown) => {
      lost();
      reject(noBus(error));
    };
    try {
      const client = dbus.createClient({ busAddress: address, plainValues: true, returnBigInt: true });
      client.connection.on('error', failed);
      client.connection.on('close', failed);
      client.connection.on('end', () => failed(undefined));
      client.connection.on('connect', () => resolve(client));
    } catch (error) {
      failed(error);
    }
  });
}

// A dictionary of variants, each with the type that polkit wants.
function subjectFacts({ pid, startTime, uid }: PolkitSubject): unknown[] {
  return [
    ['pid', ['u', pid]],
    ['start-time', ['t', startTime]],
    ['uid', ['i', uid | 0]],
  ];
}

// Anything but what polkit promises counts as a refusal.
function toAnswer(reply: unknown): PolkitAnswer {
  const [authorized, challenge, details] = Array.isArray(reply) ? (reply as unknown[]) : [];
  const facts = details as Readonly<Record<string, unknown>> | null | undefined;
  return {
    authorized: authorized === true,
    challenge: challenge === true,
    dismissed: facts !== null && typeof facts === 'object' && 'polkit.dismissed' in facts,
  };
}

function noBus(cause: unknown): LibvirtError {
  const why = cause instanceof Error ? systemErrorText(cause) : 'the bus has closed the connection';
  return new LibvirtError(ErrorCode.InternalError, `Unable to get system bus connection: Could not connect: ${why}`, {
    domain: ErrorDomain.Dbus,
    cause,
  });
}

function serviceError(cause: unknown): LibvirtError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LibvirtError(ErrorCode.DbusService, why, { domain: ErrorDomain.Dbus, cause });
}
