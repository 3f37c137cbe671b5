// A program of the protocol as one value: rows for its procedures and events, from which everything else is derived.
import { type Codec, type Fields, type InferFields, struct } from './codec.ts';

/** What a row says beyond its number and types. */
export interface ProcedureOptions {
  /** Permission rules, `object:permission[:flag]`; `none` means no check. */
  readonly acl?: readonly string[];
  /** Permission that each listed object must have to be returned. */
  readonly aclFilter?: readonly string[];
  /** Refused on a read-only connection: always, or only for some flags or arguments. */
  readonly needsWrite?: 'always' | 'conditional';
  /** May be run by the priority workers: answers without waiting for a hypervisor. */
  readonly priority?: 'high';
  /** Allowed before authentication. */
  readonly preAuth?: true;
  /** The server sends data after the reply. */
  readonly readStream?: true;
  /** The client sends data after the call. */
  readonly writeStream?: true;
  /** Flag of the call which allows holes on its stream. */
  readonly sparseFlag?: number;
  /** File descriptors travel with the call, its reply, or both. */
  readonly fds?: 'call' | 'reply' | 'both';
  /** The C function of the same meaning. */
  readonly api?: string;
}

/** A procedure: what a client calls and a server answers. */
export interface Procedure<A = any, R = any> extends ProcedureOptions {
  readonly kind: 'procedure';
  /** The wire name in camelCase, e.g. `domainGetInfo`. */
  readonly name: string;
  readonly number: number;
  /** The program that it belongs to. */
  readonly program: Program;
  readonly args: Codec<A>;
  readonly ret: Codec<R>;
}

/** An event: what a server sends by itself. */
export interface EventRow<M = any> {
  readonly kind: 'event';
  /** The wire name in camelCase, e.g. `domainEventCallbackLifecycle`. */
  readonly name: string;
  readonly number: number;
  readonly program: Program;
  readonly message: Codec<M>;
  readonly acl?: readonly string[];
}

/** A row of a program. */
export type Row = Procedure | EventRow;

/** A program: its number, version and rows. */
export interface Program {
  /** libvirt's short name: remote, qemu, lxc, admin, keepalive. */
  readonly name: string;
  readonly number: number;
  readonly version: number;
  /** Rows by number. */
  readonly byNumber: ReadonlyMap<number, Row>;
}

/** Arguments of a procedure. */
export type Args<P> = P extends { readonly args: Codec<infer A> } ? A : never;
/** Result of a procedure. */
export type Ret<P> = P extends { readonly ret: Codec<infer R> } ? R : never;
/** Payload of an event. */
export type Message<E> = E extends { readonly message: Codec<infer M> } ? M : never;

/** What a handler gives back: the value itself when it is known at once, otherwise a promise of it. */
export type Answer<R> = R | Promise<R>;

/** Handlers for some procedures of a set of rows, by name. */
export type Handlers<Rows, Context> = {
  [K in keyof Rows as Rows[K] extends Procedure ? K : never]?: Rows[K] extends Procedure<infer A, infer R>
    ? (args: A, context: Context) => Answer<R>
    : never;
};

type Unbound<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A procedure row. What it says is asked for once, when somebody first looks: a program has hundreds of rows, and a
 * command of the shell uses five.
 *
 * @param number the wire number
 * @param describe gives the fields of the call and of the reply, in wire order, and what else there is to say
 */
export function procedure<const A extends Fields, const R extends Fields>(
  number: number,
  describe: () => readonly [args: A, ret: R, options?: ProcedureOptions],
): Procedure<InferFields<A>, InferFields<R>> {
  return new LazyRow('procedure', number, PROCEDURE_KEYS, () => {
    const [args, ret, options] = describe();
    return { args: struct(args), ret: struct(ret), ...options };
  }) as unknown as Procedure<InferFields<A>, InferFields<R>>;
}

/** An event row. @param describe gives the fields of the payload, in wire order, and what else there is to say */
export function event<const M extends Fields>(
  number: number,
  describe: () => readonly [message: M, options?: { readonly acl?: readonly string[] }],
): EventRow<InferFields<M>> {
  return new LazyRow('event', number, EVENT_KEYS, () => {
    const [message, options] = describe();
    return { message: struct(message), ...options };
  }) as unknown as EventRow<InferFields<M>>;
}

const EVENT_KEYS = ['message', 'acl'] as const satisfies readonly (keyof EventRow)[];
const PROCEDURE_KEYS = [
  'args',
  'ret',
  'acl',
  'aclFilter',
  'needsWrite',
  'priority',
  'preAuth',
  'readStream',
  'writeStream',
  'sparseFlag',
  'fds',
  'api',
] as const satisfies readonly (keyof Procedure)[];

const unbound: Program = { name: '', number: 0, version: 0, byNumber: new Map() };

class LazyRow {
  readonly kind: Row['kind'];
  readonly number: number;
  readonly name = '';
  readonly program = unbound;
  readonly #keys: readonly string[];
  readonly #describe: () => object;

  constructor(kind: Row['kind'], number: number, keys: readonly string[], describe: () => object) {
    this.kind = kind;
    this.number = number;
    this.#keys = keys;
    this.#describe = describe;
  }

  /** Asks the row, once: each of its keys becomes a plain property, also those that have nothing to say. */
  read(key: string): unknown {
    if (!this.#keys.includes(key)) return undefined;
    const said = this.#describe() as Record<string, unknown>;
    for (const name of this.#keys) {
      const value = said[name];
      Object.defineProperty(this, name, { value, enumerable: value !== undefined });
    }
    return said[key];
  }
}

for (const key of new Set<string>([...EVENT_KEYS, ...PROCEDURE_KEYS])) {
  Object.defineProperty(LazyRow.prototype, key, {
    get(this: LazyRow) {
      return this.read(key);
    },
  });
}

/** The rows of a program by name; the program itself is under {@link programOf}. */
export type ProgramRows<Rows> = Rows & { readonly [programOf]: Program };

/**
 * Joins rows into a program: each row gets its name (the key) and its program.
 *
 * @throws Error when two rows have the same number.
 */
export function program<const Rows extends Readonly<Record<string, Row>>>(
  name: string,
  number: number,
  version: number,
  rows: Rows,
): ProgramRows<Rows> {
  const byNumber = new Map<number, Row>();
  const self: Program = { name, number, version, byNumber };
  for (const key in rows) {
    const row = rows[key] as Row;
    const other = byNumber.get(row.number);
    if (other !== undefined) throw new Error(`${name}: ${key} and ${other.name} have the same number ${row.number}`);
    byNumber.set(row.number, row);
    const open = row as Unbound<Row>;
    open.name = key;
    open.program = self;
  }
  return Object.assign(rows, { [programOf]: self });
}

/** Key under which the rows of a program hold the program itself. */
export const programOf: unique symbol = Symbol('program');
