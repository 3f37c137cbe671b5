// What a server can do beyond the base of the protocol: asked for when it begins to matter, not while opening.
import { remote } from '@virtwire/protocol';
import { type Caller, LibvirtError } from '@virtwire/rpc';

// Numbers of virDrvFeature; the last one is ours: the server reads on while calls are unanswered.
const Feature = { Keepalive: 10, EventCallbacks: 14, CloseCallback: 15, Pipelining: 0x7677_0001 } as const;
// Unanswered calls to a server that reads on.
const PIPELINED_CALLS = 128;
// A connection that ends sooner does not ask to be told when the server loses its hypervisor.
const CLOSE_EVENTS_MS = 100;

/**
 * Asks for keepalive, which is what starts the server's own pings, too.
 *
 * @returns whether the server can
 */
export function supportsKeepalive(caller: Caller, signal: AbortSignal | undefined): Promise<boolean> {
  return supports(caller, Feature.Keepalive, signal);
}

/** The features of one server. */
export class RemoteFeatures {
  readonly #caller: Caller;
  #eventCallbacks: Promise<boolean> | undefined;
  #closeEvents: Promise<void> | undefined;
  readonly #timer: ReturnType<typeof setTimeout>;

  /** @param caller with its connection open */
  constructor(caller: Caller) {
    this.#caller = caller;
    this.#timer = setTimeout(() => {
      this.#closeEvents = this.#askForCloseEvents();
    }, CLOSE_EVENTS_MS);
    (this.#timer as { unref?: () => void }).unref?.();
    caller.onCrowded(() => void this.#widenWindow());
  }

  /** Tells whether registrations for events have callback ids and filters. */
  eventCallbacks(): Promise<boolean> {
    this.#eventCallbacks ??= supports(this.#caller, Feature.EventCallbacks, undefined).catch((thrown: unknown) => {
      this.#eventCallbacks = undefined;
      throw thrown;
    });
    return this.#eventCallbacks;
  }

  /**
   * Asks nothing more by itself.
   *
   * @returns resolves when what it has asked by itself is answered, never rejects; undefined when there is nothing
   */
  stop(): Promise<void> | undefined {
    clearTimeout(this.#timer);
    return this.#closeEvents;
  }

  async #askForCloseEvents(): Promise<void> {
    try {
      if (await supports(this.#caller, Feature.CloseCallback, undefined)) {
        await this.#caller.call(remote.connectRegisterCloseCallback, {});
      }
    } catch {
      // A server that refuses tells nothing; a link that broke tells its user by itself.
    } finally {
      this.#closeEvents = undefined;
    }
  }

  // A server may refuse a number that it does not know.
  async #widenWindow(): Promise<void> {
    try {
      const { supported } = await this.#caller.call(
        remote.connectSupportsFeature,
        { feature: Feature.Pipelining },
        { ahead: true },
      );
      if (supported !== 0) this.#caller.maxInFlight = PIPELINED_CALLS;
    } catch (thrown) {
      if (!(thrown instanceof LibvirtError)) throw thrown;
    }
  }
}

async function supports(caller: Caller, feature: number, signal: AbortSignal | undefined): Promise<boolean> {
  return (await caller.call(remote.connectSupportsFeature, { feature }, { signal })).supported !== 0;
}
