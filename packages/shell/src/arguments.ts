// What a command was given: typed access to its options, with virsh's texts for values that do not fit.
import type { Option, OptionTable } from './option.ts';
import { fail } from './failure.ts';
import { parseInteger, scaledInteger } from './numbers.ts';

type NamesOf<O extends OptionTable, K> = { [N in keyof O]: O[N] extends { readonly kind: K } ? N : never }[keyof O] &
  string;
type Optional<O extends OptionTable, N extends keyof O, T> =
  O[N] extends Option<infer _, infer R> ? (R extends true ? T : T | undefined) : T | undefined;

const INT_MAX = 2n ** 31n - 1n;
const UINT_MAX = 2n ** 32n - 1n;
const ULONG_MAX = 2n ** 64n - 1n;
const LONG_MAX = 2n ** 63n - 1n;

/** The options of one command as they were given. */
export class Arguments<O extends OptionTable = OptionTable> {
  readonly #table: O;
  readonly #given: ReadonlyMap<string, readonly string[]>;

  /** @param given the values of each option that was given; a flag has none */
  constructor(table: O, given: ReadonlyMap<string, readonly string[]>) {
    this.#table = table;
    this.#given = given;
  }

  /** Tells whether an option was given. */
  has(name: keyof O & string): boolean {
    return this.#given.has(name);
  }

  /** Gives the value of an option by a name that the types do not know, for completion. */
  given(name: string): string | undefined {
    return this.#given.get(name)?.[0];
  }

  /** Tells whether a flag was given. */
  flag(name: NamesOf<O, 'bool'>): boolean {
    return this.#given.has(name);
  }

  /** Gives the value of an option. @throws CommandFailure when it is empty and must not be */
  text<N extends NamesOf<O, 'string' | 'data'>>(name: N): Optional<O, N, string> {
    return this.#value(name, true) as Optional<O, N, string>;
  }

  /** Gives all words that an option took. */
  words(name: NamesOf<O, 'argv'>): readonly string[] {
    return this.#given.get(name) ?? [];
  }

  /** Gives a signed 32-bit number. */
  int<N extends NamesOf<O, 'int' | 'string'>>(name: N): Optional<O, N, number> {
    return this.#number(name, -INT_MAX - 1n, INT_MAX, Number) as Optional<O, N, number>;
  }

  /** Gives an unsigned 32-bit number. */
  uint<N extends NamesOf<O, 'int' | 'string'>>(name: N): Optional<O, N, number> {
    return this.#number(name, 0n, UINT_MAX, Number) as Optional<O, N, number>;
  }

  /** Gives a signed 64-bit number. */
  long<N extends NamesOf<O, 'int' | 'string'>>(name: N): Optional<O, N, bigint> {
    return this.#number(name, -LONG_MAX - 1n, LONG_MAX, (value) => value) as Optional<O, N, bigint>;
  }

  /** Gives an unsigned 64-bit number. */
  ulong<N extends NamesOf<O, 'int' | 'string'>>(name: N): Optional<O, N, bigint> {
    return this.#number(name, 0n, ULONG_MAX, (value) => value) as Optional<O, N, bigint>;
  }

  /** Gives an unsigned 64-bit number; a negative one counts from the top, so -1 is the largest. */
  ulongWrapped<N extends NamesOf<O, 'int' | 'string'>>(name: N): Optional<O, N, bigint> {
    return this.#number(name, -ULONG_MAX, ULONG_MAX, (value) => BigInt.asUintN(64, value)) as Optional<O, N, bigint>;
  }

  /**
   * Gives a size that may have a unit.
   *
   * @param scale bytes of one when it has no unit
   * @param max the largest result in bytes
   * @returns bytes
   */
  size<N extends NamesOf<O, 'int' | 'string'>>(name: N, scale: bigint, max = ULONG_MAX): Optional<O, N, bigint> {
    const given = this.#value(name, false);
    if (given === undefined) return undefined as Optional<O, N, bigint>;
    const value = scaledInteger(given, scale, max);
    if (value === null) fail(`Scaled numeric value '${given}' for <${name}> option is malformed or out of range`);
    return value as Optional<O, N, bigint>;
  }

  /** Fails when two or more of these options were given, naming the first pair. */
  exclusive(...names: (keyof O & string)[]): void {
    for (const [index, first] of names.entries()) {
      for (const second of names.slice(index + 1)) {
        if (this.has(first) && this.has(second)) fail(`Options --${first} and --${second} are mutually exclusive`);
      }
    }
  }

  /** Fails when the first option was given without the second. */
  requires(name: keyof O & string, needed: keyof O & string): void {
    if (this.has(name) && !this.has(needed)) fail(`Option --${needed} is required by option --${name}`);
  }

  #value(name: string, report: boolean): string | undefined {
    const value = this.#given.get(name)?.[0];
    if (value === '' && report && this.#table[name]?.mayBeEmpty !== true) {
      fail(`Failed to get option '${name}': Option argument is empty`);
    }
    return value;
  }

  #number<T>(name: string, min: bigint, max: bigint, convert: (value: bigint) => T): T | undefined {
    const given = this.#value(name, false);
    if (given === undefined) return undefined;
    const value = parseInteger(given);
    if (value === null || value < min || value > max) {
      fail(`Numeric value '${given}' for <${name}> option is malformed or out of range`);
    }
    return convert(value);
  }
}
