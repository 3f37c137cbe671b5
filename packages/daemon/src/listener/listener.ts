// The contract of listeners: each accepts connections for a service and hands them to the server unread.
import type { Identity } from '@virtwire/protocol';
import type { Channel } from '@virtwire/rpc';
import type { PeerHandle } from '@virtwire/rpc/node';

/** How clients of a listener are treated. */
export interface Service {
  /** For logs, e.g. `unix`, `unix-ro`, `tcp`. */
  readonly name: string;
  /** True when its clients may not change anything, whatever they ask for. */
  readonly readOnly: boolean;
  /** How clients prove who they are. `none`: whoever can connect may call. */
  readonly auth: 'none' | 'sasl' | 'polkit';
  /** True when nobody on the way can read the bytes (unix, TLS); otherwise SASL has to encrypt. */
  readonly secure: boolean;
}

/** A connection that was accepted and is not read yet. */
export interface Arrival {
  readonly service: Service;
  /** Where it comes from, for logs. */
  readonly address: string;
  /** What the listener knows of who it is; left out when that is the address alone. */
  readonly identity?: Identity;
  /** The other end of a unix socket, to be asked who it is by whoever wants to know later. */
  readonly peer?: PeerHandle;
  /** Starts reading. */
  open(): Channel;
  /** Ends it unread. */
  drop(): void;
}

/** Takes what listeners accept. */
export interface Reception {
  admit(arrival: Arrival): void;
  /** A connection could not be accepted, e.g. for want of file descriptors. */
  failed(service: Service, error: Error): void;
}

/** A socket that accepts connections. */
export interface Listener {
  readonly service: Service;
  /** What it listens on, e.g. a path, or `127.0.0.1:16509`. */
  readonly address: string;
  /** Its TCP port, null for a unix socket. */
  readonly port: number | null;
  /** Stops accepting, and removes the socket of a path. */
  close(): Promise<void>;
}
