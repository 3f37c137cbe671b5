// The contract of a transport: it turns a URI into a channel.
import type { Channel } from '@virtwire/rpc';
import type { CredentialSource } from '../credentials.ts';
import type { Host } from '../host.ts';
import type { ConnectionUri } from '../uri.ts';
import type { RemoteMode, RemoteParameters } from '../uri-parameters.ts';

/** What a transport is told. */
export interface DialTarget {
  /** Null when the user gave none and the daemon is to choose. */
  readonly uri: ConnectionUri | null;
  readonly parameters: RemoteParameters;
  /** Of `mode=` or `remote_mode`. */
  readonly mode: RemoteMode;
  readonly readOnly: boolean;
  /** True when the daemon of the user, not of the system, is meant. */
  readonly userSession: boolean;
  readonly host: Host;
  /** For transports that have to prove who the user is. */
  readonly credentials: CredentialSource;
  /** Takes what the transport sees on its way and a person may want to know when it fails; nothing secret. */
  readonly note?: (evidence: Readonly<Record<string, unknown>>) => void;
}

/** A way to a daemon. */
export interface Transport {
  /** Name after the `+` of a URI. */
  readonly name: string;
  /** True when the bytes travel encrypted by this transport. */
  readonly encrypted: boolean;
  /** True when nobody between can read the bytes. */
  readonly secure: boolean;
  /**
   * Makes the channel.
   *
   * @throws LibvirtError as libvirt words it; `signal.reason` when it was given up
   */
  dial(target: DialTarget, signal: AbortSignal | undefined): Promise<Channel>;
}
