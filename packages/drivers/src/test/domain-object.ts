// A domain of the test driver: its definitions, its state, and what hangs on it.
import type { IothreadPolling } from './iothread-polling.ts';
import type { DomainDefinition } from './domain-definition.ts';
import { keepDomain, type NonnullDomain } from '@virtwire/protocol';
import { DomainShutoffReason, DomainState } from '@virtwire/protocol/constants';
import { MomentTree } from './moment-tree.ts';
import type { TestCheckpoint } from './checkpoint-object.ts';
import type { TestSnapshot } from './snapshot-object.ts';

/** Seconds that the clock of every guest shows first. */
const firstGuestSeconds = 627319920n;

/** A domain. */
export class TestDomain {
  /** What runs, or would run. */
  private definition: DomainDefinition;
  /** What the next start takes, while the domain runs and is persistent. */
  private nextDefinition: DomainDefinition | null = null;
  private runningId = -1;
  private reference: NonnullDomain | null = null;
  /** Text of the XML by flags; dropped with each change. */
  private readonly xmlCache = new Map<number, string>();
  state: number = DomainState.Shutoff;
  reason: number = DomainShutoffReason.Unknown;
  persistent = false;
  autostart = false;
  hasManagedSave = false;
  /** Whether `/` and `/boot` are frozen. */
  readonly frozen: [boolean, boolean] = [false, false];
  seconds = firstGuestSeconds;
  nanoseconds = 0;
  readonly iothreads: IothreadPolling[] = [];
  /** What virDomainGetMessages tells. */
  taints: readonly string[] = [];
  deprecations: readonly string[] = [];
  readonly snapshots = new MomentTree<TestSnapshot>();
  readonly checkpoints = new MomentTree<TestCheckpoint>();

  constructor(definition: DomainDefinition) {
    this.definition = definition;
  }

  get name(): string {
    return this.definition.name;
  }

  get uuid(): string {
    return this.definition.uuid;
  }

  /** Positive while it runs, otherwise -1. */
  get id(): number {
    return this.runningId;
  }

  get active(): boolean {
    return this.runningId !== -1;
  }

  /** The domain on the wire; the same object until something of it changes. */
  get ref(): NonnullDomain {
    this.reference ??= keepDomain({ name: this.definition.name, uuid: this.definition.uuid, id: this.runningId });
    return this.reference;
  }

  /** The definition of what runs now, or of what would run. */
  get def(): DomainDefinition {
    return this.definition;
  }

  /** The definition of the next start while it runs and is persistent, else null. */
  get nextDef(): DomainDefinition | null {
    return this.nextDefinition;
  }

  /** The definition that a start from nothing would take. */
  get inactiveDef(): DomainDefinition {
    return this.nextDefinition ?? this.definition;
  }

  /** Puts a new definition in place: for the next start while the domain runs, else at once. */
  define(definition: DomainDefinition): void {
    if (this.active) this.nextDefinition = definition;
    else this.definition = definition;
    this.touch();
  }

  /** Runs another definition once; the present one comes back when the domain stops. */
  runOnce(definition: DomainDefinition): void {
    this.nextDefinition = this.definition;
    this.definition = definition;
    this.touch();
  }

  /** Gives what runs and what starts next a definition each, which they share until one of them is about to change. */
  separate(): void {
    if (this.nextDefinition === this.definition) this.nextDefinition = this.definition.copy();
  }

  /** Must be called after each change of a definition. */
  touch(): void {
    this.xmlCache.clear();
    this.reference = null;
  }

  /** The XML for some flags, made by `format` unless it was made since the last change. */
  xml(flags: number, format: () => string): string {
    const known = this.xmlCache.get(flags);
    if (known !== undefined) return known;
    const text = format();
    this.xmlCache.set(flags, text);
    return text;
  }

  /** Makes it run. The store has to be told of the id, see `startDomain`. */
  markStarted(id: number, reason: number): void {
    this.runningId = id;
    this.state = DomainState.Running;
    this.reason = reason;
    if (this.persistent && this.nextDefinition === null) this.nextDefinition = this.definition;
    this.hasManagedSave = false;
    this.touch();
  }

  /** Makes it stop; what was defined for the next start counts from now on. */
  markStopped(reason: number): void {
    this.runningId = -1;
    this.state = DomainState.Shutoff;
    this.reason = reason;
    if (this.nextDefinition !== null) {
      this.definition = this.nextDefinition;
      this.nextDefinition = null;
    }
    this.touch();
  }
}
