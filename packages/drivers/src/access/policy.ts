// The contract of access policies: who may do what to which object, and who is told of what was decided.
import type { Identity } from '@virtwire/protocol';
import type { Answer, LibvirtError, Procedure } from '@virtwire/rpc';

/** Kinds of objects that permissions are about, by libvirt's names. */
export type AccessKind =
  | 'connect'
  | 'domain'
  | 'interface'
  | 'network'
  | 'network_port'
  | 'node_device'
  | 'nwfilter'
  | 'nwfilter_binding'
  | 'secret'
  | 'storage_pool'
  | 'storage_vol';

/** An object as far as policies know it: the real one of the driver, never what a client claims. */
export interface AccessObject {
  readonly kind: AccessKind;
  /** Name; of a binding of filters its port device. Empty for the connection, for secrets and network ports. */
  readonly name: string;
  /** Canonical lower-case UUID, empty where there is none, or none yet. */
  readonly uuid: string;
  /** What a volume or network port belongs to. */
  readonly parent?: { readonly name: string; readonly uuid: string };
  /** Key of a volume. */
  readonly key?: string;
  /** Hardware address of an interface. */
  readonly mac?: string;
  /** What a secret is for, in numbers of `virSecretUsageType`. */
  readonly usage?: { readonly type: number; readonly id: string };
  /** Filter of a binding. */
  readonly filter?: string;
  /** Tags in its metadata; absent for kinds that have none. Asked for only by who needs them: they have to be read. */
  readonly tags?: () => Answer<readonly string[]>;
}

/** Why a question is asked: for a call, for an entry of a list, or for an event. */
export type AccessPurpose = 'call' | 'list' | 'event';

/** One question to a policy. */
export interface AccessRequest {
  /** Who asks; absent when nobody knows, which no policy may take for somebody. */
  readonly identity: Identity | undefined;
  /** Name of the driver, as libvirt writes it: `QEMU`, `TEST`, `storage`. */
  readonly driver: string;
  readonly object: AccessObject;
  /** Permission, e.g. `read_secure`. */
  readonly permission: string;
  readonly purpose: AccessPurpose;
}

/** What a policy says. */
export interface AccessDecision {
  readonly allowed: boolean;
  /** What decided, for people: the place of a rule, the action of polkit. */
  readonly rule: string;
}

/** Decides. A policy that fails to decide has denied. */
export interface AccessPolicy {
  check(request: AccessRequest): Answer<AccessDecision>;
  /**
   * Says whether somebody could have a permission on any object of a kind at all. Asked before a document of the client
   * is looked at; a policy that cannot tell says yes.
   */
  mayEver(request: Omit<AccessRequest, 'purpose' | 'object'> & { readonly kind: AccessKind }): Answer<boolean>;
}

/** A call that changes something, or tries to. */
export interface AccessCall {
  readonly procedure: Procedure;
  readonly identity: Identity | undefined;
  readonly driver: string;
  readonly objects: readonly AccessObject[];
  /** What allowed it, by permission. */
  readonly decisions: readonly { readonly permission: string; readonly decision: AccessDecision }[];
}

/** Told of decisions and calls, e.g. to write them down. */
export interface AccessObserver {
  /** A call was denied. */
  denied(procedure: Procedure, request: AccessRequest, decision: AccessDecision): void;
  /** A call was refused because the connection is read-only. */
  readOnly(procedure: Procedure, identity: Identity | undefined): void;
  /** A call that changes something was allowed and is about to be made; throwing refuses it. */
  starting(call: AccessCall): void;
  /** It has ended. @param error null when it succeeded */
  finished(call: AccessCall, error: LibvirtError | null): void;
}
