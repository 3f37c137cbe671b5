// The server: which connections are served, which wait, and what all of them share.
import { type CountRule, countRules } from '@virtwire/protocol';
import type { LibvirtError, Procedure } from '@virtwire/rpc';
import type { SessionHandler } from './dispatch/handler.ts';
import type { Arrival, Reception, Service } from './listener/listener.ts';
import { type ClientHost, isKnown, remoteHandlers, ServerClient } from './server-client.ts';
import type { ServerOptions } from './server-options.ts';
import { WorkerWindow } from './worker-window.ts';

/** Bytes of events that wait for a client which does not read, when nothing else is said. */
const MAX_EVENT_BYTES = 33_554_432;

/** How often a stopping server looks whether calls are still at work, in milliseconds. */
const DRAIN_CHECK_MS = 20;

const defaultWorkers = { min: 5, max: 20, priority: 5 };

/** How many clients a server takes, as `virt-admin server-clients-set` changes it. */
export interface ClientLimits {
  readonly maxClients: number;
  readonly maxAnonymousClients: number;
}

/** Serves clients. */
export class Server implements Reception, ClientHost {
  readonly options: ServerOptions;
  readonly ways: ReadonlyMap<Procedure, SessionHandler | CountRule>;
  readonly name: string;
  readonly maxEventBytes: number;
  readonly workers: WorkerWindow;
  private limits: ClientLimits;
  private readonly clients = new Map<number, ServerClient>();
  private waiting: Arrival[] = [];
  private anonymous = 0;
  private nextId = 1;
  private stopping = false;
  private emptied: (() => void) | null = null;

  /** @param handlers what the server answers itself; when left out, what libvirtd answers of the remote program */
  constructor(options: ServerOptions, handlers: ReadonlyMap<Procedure, SessionHandler> = remoteHandlers) {
    this.options = options;
    this.ways = new Map<Procedure, SessionHandler | CountRule>([...countRules, ...handlers]);
    this.name = options.name ?? 'libvirtd';
    this.maxEventBytes = options.maxEventBytes ?? MAX_EVENT_BYTES;
    this.workers = new WorkerWindow(options.workers ?? defaultWorkers);
    this.limits = options;
  }

  get clientLimits(): ClientLimits {
    return { maxClients: this.limits.maxClients, maxAnonymousClients: this.limits.maxAnonymousClients };
  }

  /** Takes over other limits; clients that are there stay. */
  set clientLimits(limits: ClientLimits) {
    this.limits = limits;
    this.serveWaiting();
  }

  /** Clients that are served, in the order of their coming. */
  get served(): Iterable<ServerClient> {
    return this.clients.values();
  }

  /** The client with this number, undefined when it is not there (any more). */
  client(id: number): ServerClient | undefined {
    return this.clients.get(id);
  }

  /** Bytes that wait for clients to read them. */
  get pendingBytes(): number {
    let bytes = 0;
    for (const client of this.clients.values()) bytes += client.responder.pendingBytes;
    return bytes;
  }

  /** Clients that have not authenticated yet. */
  get anonymousCount(): number {
    return this.anonymous;
  }

  /** Number of clients that are served. */
  get clientCount(): number {
    return this.clients.size;
  }

  /** Number of connections that wait for another client to leave. */
  get waitingCount(): number {
    return this.waiting.length;
  }

  /**
   * Takes a connection. At a limit it waits unread, as it would in the queue of libvirtd's socket; when that queue is
   * full, too, it is dropped.
   */
  admit(arrival: Arrival): void {
    if (this.stopping) arrival.drop();
    else if (this.mayServe(arrival)) this.serve(arrival);
    else if (this.waiting.length < this.options.maxQueuedClients) this.waiting.push(arrival);
    else {
      this.options.metrics?.refused('too_many_clients');
      this.options.log.warning('server', `connection from ${arrival.address} dropped: too many clients are waiting`);
      arrival.drop();
    }
  }

  failed(service: Service, error: Error): void {
    this.options.log.error('server', `Unable to accept a connection on ${service.name}: ${error.message}`);
  }

  /** A client has proven who it is. */
  authenticated(): void {
    this.anonymous--;
    this.serveWaiting();
  }

  /** A client is gone. */
  removed(client: ServerClient, reason: LibvirtError | null): void {
    if (!this.clients.delete(client.id)) return;
    if (!client.authenticated) this.anonymous--;
    const { log } = this.options;
    if (reason !== null) this.options.metrics?.refused('broken_connection');
    if (reason !== null) log.error('rpc', `client ${client.id} (${client.address}): ${reason.message}`);
    else log.info('rpc', `client ${client.id} (${client.address}): disconnected`);
    this.options.onClients?.(this.clients.size);
    if (this.clients.size === 0) this.emptied?.();
    this.serveWaiting();
  }

  /**
   * Ends all clients: lets calls that are at work finish, for so long, then lets what was sent leave, for a second.
   *
   * @param graceMs how long calls may go on
   */
  async stop(graceMs: number): Promise<void> {
    this.stopping = true;
    for (const arrival of this.waiting.splice(0)) arrival.drop();
    for (const client of this.clients.values()) client.endWhenIdle();
    await this.isEmpty(graceMs);
    for (const client of this.clients.values()) client.end();
    await this.isEmpty(1000);
    for (const client of this.clients.values()) client.cut('the daemon is stopping');
    await this.isEmpty(1000);
  }

  private async isEmpty(withinMs: number): Promise<void> {
    if (this.clients.size === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.emptied = resolve;
    const timer = setTimeout(resolve, withinMs);
    const check = setInterval(() => {
      for (const client of this.clients.values()) client.endWhenIdle();
    }, DRAIN_CHECK_MS);
    await promise;
    clearTimeout(timer);
    clearInterval(check);
    this.emptied = null;
  }

  private mayServe(arrival: Arrival): boolean {
    const { maxClients, maxAnonymousClients } = this.limits;
    return this.clients.size < maxClients && (isKnown(arrival) || this.anonymous < maxAnonymousClients);
  }

  private serve(arrival: Arrival): void {
    const { log } = this.options;
    const client = new ServerClient(this, this.nextId++, arrival);
    this.clients.set(client.id, client);
    this.options.metrics?.connected(arrival.service.name);
    if (!client.authenticated) this.anonymous++;
    log.info('rpc', `client ${client.id} (${arrival.address}): connected on ${arrival.service.name}`);
    this.options.onClients?.(this.clients.size);
    client.start(arrival.open());
  }

  // Strangers who wait for their turn to log in do not hold up whoever needs not: a libvirtd accepts nobody meanwhile.
  private serveWaiting(): void {
    while (!this.stopping && this.clients.size < this.limits.maxClients) {
      const at = this.waiting.findIndex((arrival) => this.mayServe(arrival));
      if (at < 0) return;
      for (const next of this.waiting.splice(at, 1)) this.serve(next);
    }
  }
}
