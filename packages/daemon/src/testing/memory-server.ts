// A server on memory channels with a driver of a few calls, for the tests of this package.
import { defineDriver, driverRegistry, EventHub } from '@virtwire/drivers';
import { type DriverFactory, type Identity, qemu, remote } from '@virtwire/protocol';
import { Caller, type Channel, memoryChannelPair, programOf } from '@virtwire/rpc';
import type { Service } from '../listener/listener.ts';
import { Log } from '../log.ts';
import { Server } from '../server.ts';
import type { ServerOptions } from '../server-options.ts';

export const programs = [remote[programOf], qemu[programOf]];
export const dom = { name: 'one', uuid: '11111111-1111-1111-1111-111111111111', id: 1 };

const readWrite: Service = { name: 'memory', readOnly: false, auth: 'none', secure: true };

/** A server under test, and what its driver has seen. */
export interface MemoryServer {
  readonly server: Server;
  readonly hub: EventHub;
  /** Lines of the log, `level text`. */
  readonly lines: string[];
  /** URIs whose drivers are open. */
  readonly open: string[];
  /** Ends the waiting of `domainSuspend`. */
  release(): void;
  /** Ends the waiting of a `slow:` open. */
  openNow(): void;
  channel(service?: Partial<Service>, identity?: Identity): Channel;
  caller(service?: Partial<Service>, identity?: Identity): Caller;
  dropped: number;
}

/** Makes a server; its driver `fake:` answers hostname and destroy at once, and suspend when it is released. */
export function memoryServer(options: Partial<ServerOptions> = {}): MemoryServer {
  const hub = new EventHub();
  const open: string[] = [];
  const lines: string[] = [];
  let waiting: (() => void)[] = [];
  let opening: (() => void)[] = [];
  const log = new Log();
  for (const level of ['debug', 'info', 'warning', 'error'] as const) {
    log[level] = (_part, text) => void lines.push(`${level} ${text}`);
  }
  const fake = (uri: string) => {
    open.push(uri);
    return defineDriver({
      handlers: {
        connectGetHostname: () => ({ hostname: 'here' }),
        connectSupportsFeature: ({ feature }) => ({ supported: feature === 16 ? 1 : 0 }),
        domainDestroy: () => ({}),
        domainSuspend: async () => {
          await new Promise<void>((resolve) => waiting.push(resolve));
          return {};
        },
      },
      subscribe: (type, filter, listener) => hub.subscribe(type, filter, listener),
      close: () => void open.splice(open.indexOf(uri), 1),
    });
  };
  const factories: DriverFactory[] = [
    { scheme: 'fake', open: fake },
    {
      scheme: 'slow',
      open: async (uri) => {
        await new Promise<void>((resolve) => opening.push(resolve));
        return fake(uri);
      },
    },
  ];
  const server = new Server({
    registry: driverRegistry(factories),
    programs,
    log,
    maxClients: 100,
    maxQueuedClients: 100,
    maxAnonymousClients: 10,
    maxClientRequests: 5,
    keepaliveIntervalS: -1,
    keepaliveCount: 5,
    ...options,
  });
  const made: MemoryServer = {
    server,
    hub,
    lines,
    open,
    dropped: 0,
    release: () => {
      for (const resolve of waiting) resolve();
      waiting = [];
    },
    openNow: () => {
      for (const resolve of opening) resolve();
      opening = [];
    },
    channel: (service = {}, identity) => {
      const [near, far] = memoryChannelPair();
      server.admit({
        service: { ...readWrite, ...service },
        address: 'memory',
        ...(identity === undefined ? {} : { identity }),
        open: () => far,
        drop: () => made.dropped++,
      });
      return near;
    },
    caller: (service, identity) => new Caller(made.channel(service, identity), { programs, maxInFlight: 100 }),
  };
  return made;
}

/** Opens `fake:///`. */
export async function openFake(caller: Caller, flags = 0): Promise<void> {
  await caller.call(remote.connectOpen, { name: 'fake:///', flags });
}
