// A daemon in memory for tests: the real server end of the protocol over a memory channel, answers given by the test.
import { programs } from '@virtwire/protocol';
import {
  type Answer,
  type Channel,
  ErrorCode,
  ErrorDomain,
  type EventRow,
  LibvirtError,
  memoryChannelPair,
  type Procedure,
  Responder,
  type ResponderContext,
} from '@virtwire/rpc';
import { emptyAuthFile } from '../auth-file.ts';
import { emptyConfig } from '../config.ts';
import type { OpenMeans } from '../open.ts';
import { transportNames } from '../transport/index.ts';
import type { Transport } from '../transport/transport.ts';

/** Answers to procedures by name. */
export type MemoryAnswers = Readonly<Record<string, (args: never, context: ResponderContext) => Answer<unknown>>>;

/** How the daemon behaves. */
export interface MemoryDaemonOptions {
  /** Feature numbers that it has; 10, 14 and 15 when left out. */
  readonly features?: readonly number[];
  readonly answers?: MemoryAnswers;
}

/** A daemon in memory. */
export class MemoryDaemon {
  /** Calls in the order of their arrival. */
  readonly calls: { readonly name: string; readonly args: Record<string, unknown> }[] = [];
  /** Server ends of all connections, the latest last. */
  readonly responders: Responder[] = [];
  /** Resolves when a connection has ended. */
  readonly ended: Promise<LibvirtError | null>;
  readonly #answers: MemoryAnswers;
  #end!: (reason: LibvirtError | null) => void;

  constructor({ features = [10, 14, 15], answers = {} }: MemoryDaemonOptions = {}) {
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#answers = {
      authList: () => ({ types: [0] }),
      connectSupportsFeature: ({ feature }: { feature: number }) => ({ supported: features.includes(feature) ? 1 : 0 }),
      connectOpen: () => ({}),
      connectRegisterCloseCallback: () => ({}),
      connectClose: () => {
        this.responders.at(-1)?.closeAfterReply();
        return {};
      },
      ...answers,
    };
  }

  /** Makes a channel to the daemon. */
  connect(): Channel {
    const [client, server] = memoryChannelPair();
    this.responders.push(
      new Responder(server, {
        programs,
        maxRequests: 128,
        dispatch: (procedure, args, context) => this.#dispatch(procedure, args, context),
        onClose: (reason) => this.#end(reason),
      }),
    );
    return client;
  }

  /** A transport that ends here. */
  transport(name: string): Transport {
    return { name, encrypted: false, secure: true, dial: async () => this.connect() };
  }

  /** Means of opening with this daemon behind each transport. */
  means(env: Readonly<Record<string, string>> = {}): OpenMeans {
    return {
      host: {
        env,
        uid: 0,
        runtimeFolder: '/nowhere',
        readConfig: async () => emptyConfig,
        readAuthFile: async () => emptyAuthFile,
        exists: async () => false,
      },
      transports: new Map(['unix', 'tcp'].map((name) => [name, this.transport(name)])),
      transportNames,
    };
  }

  /** Sends an event on the latest connection. */
  send<M>(row: EventRow<M>, message: M): void {
    this.responders.at(-1)?.sendEvent(row, message);
  }

  /** Names of the calls so far. */
  get names(): string[] {
    return this.calls.map(({ name }) => name);
  }

  #dispatch(procedure: Procedure, args: unknown, context: ResponderContext): Answer<unknown> {
    this.calls.push({ name: procedure.name, args: args as Record<string, unknown> });
    const answer = this.#answers[procedure.name];
    if (answer === undefined) {
      throw new LibvirtError(ErrorCode.NoSupport, procedure.api ?? procedure.name, { domain: ErrorDomain.None });
    }
    return answer(args as never, context);
  }
}
