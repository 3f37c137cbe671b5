// One way in which opening a connection fails: by what it is recognised, what shows it, and what mends it.
import { type ConnectStage, LibvirtError } from '@virtwire/rpc';

/** Things seen, by name; nothing secret. */
export type Evidence = Readonly<Record<string, unknown>>;

/** What a connection was being opened to, and how far it had come. */
export interface Situation {
  /** The step that was under way. */
  readonly stage: ConnectStage;
  /** Name of the transport; null while it is not known. */
  readonly transport: string | null;
  /** What was seen on the way, by whoever looked. */
  readonly evidence: Evidence;
}

/** What a row decides by. */
export interface FaultFacts extends Situation {
  readonly error: LibvirtError;
  /** The error's message. */
  readonly message: string;
  /** Name of the system's error below it, e.g. `ECONNREFUSED`; null when there is none. */
  readonly systemCode: string | null;
  /** What the program on the way (ssh, or that of `ext`) wrote to standard error; empty when there is none. */
  readonly stderr: string;
}

/** A row: one fault. */
export interface Fault {
  /** Its name, e.g. `name-mismatch`; also in the evidence of the error. */
  readonly name: string;
  /** The step of opening that it belongs to. */
  readonly stage: ConnectStage;
  matches(facts: FaultFacts): boolean;
  /** What shows it, beyond what is known already. */
  evidence?(facts: FaultFacts): Evidence;
  /** What a person can do about it. */
  hint(facts: FaultFacts): string;
}

/** Puts together what a row decides by. */
export function factsOf(error: LibvirtError, situation: Situation): FaultFacts {
  const chain = causesOf(error);
  const evidence = { ...situation.evidence };
  // What the outer ones say counts more: they know what came later.
  for (const each of chain.toReversed()) if (each instanceof LibvirtError) Object.assign(evidence, each.evidence);
  return {
    ...situation,
    evidence,
    error,
    message: error.message,
    systemCode: firstText(chain, 'code'),
    stderr: firstText(chain, 'stderr') ?? '',
  };
}

/** Gives an error and all that led to it, outermost first. */
export function causesOf(error: unknown): object[] {
  const chain: object[] = [];
  for (let at = error; typeof at === 'object' && at !== null && !chain.includes(at); ) {
    chain.push(at);
    at = (at as { cause?: unknown }).cause;
  }
  return chain;
}

/** Reads evidence that is a text; empty when there is none. */
export function textOf(evidence: Evidence, name: string): string {
  const value = evidence[name];
  return typeof value === 'string' ? value : '';
}

/** Reads evidence that is a list of texts; null when there is none. */
export function listOf(evidence: Evidence, name: string): readonly string[] | null {
  const value = evidence[name];
  return Array.isArray(value) ? value.map(String) : null;
}

/** Counts several possibilities up. */
export function inOrder(texts: readonly string[]): string {
  return texts.map((text, index) => `(${index + 1}) ${text}`).join('; ');
}

// A socket's error that has several below it has the code of one of them in no place of its own.
function firstText(chain: readonly object[], name: string): string | null {
  for (const each of chain) {
    const value = (each as Readonly<Record<string, unknown>>)[name];
    if (typeof value === 'string' && value !== '') return value;
    const below = (each as { errors?: unknown }).errors;
    const last = Array.isArray(below) ? (below.at(-1) as Readonly<Record<string, unknown>> | undefined) : undefined;
    if (typeof last?.[name] === 'string') return last[name];
  }
  return null;
}
