// Gives an error of opening what it lacks: the step that failed, what was seen there, and what can be done.
import { LibvirtError } from '@virtwire/rpc';
import { type Evidence, factsOf, type Situation } from './fault.ts';
import { faults } from './faults.ts';

/**
 * Explains an error. Its number and text stay as they are, so that whoever searches for libvirt's text finds it.
 *
 * @returns an error with `stage`, `evidence` and `hint`; the same thing when it is no LibvirtError
 */
export function explain(thrown: unknown, situation: Situation): unknown {
  if (!(thrown instanceof LibvirtError)) return thrown;
  const facts = factsOf(thrown, situation);
  const fault = faults.find((row) => row.matches(facts));
  const evidence: Evidence = { ...facts.evidence, ...fault?.evidence?.(facts), fault: fault?.name ?? 'unknown' };
  const { code, message, domain, level, remote, outcomeUnknown, str1, str2, str3, int1, int2 } = thrown;
  const hint = fault?.hint({ ...facts, evidence }) ?? thrown.hint ?? unknownFault;
  return new LibvirtError(code, null, {
    message,
    domain,
    level,
    remote,
    outcomeUnknown,
    str1,
    str2,
    str3,
    int1,
    int2,
    cause: thrown.cause ?? thrown,
    stage: fault?.stage ?? thrown.stage ?? situation.stage,
    evidence,
    hint,
  });
}

const unknownFault = 'this fault is not known here: search for its text, and see the log of the daemon';

/** Gives the name of the fault that an explained error stands for, e.g. `name-mismatch`; null for others. */
export function faultOf(error: unknown): string | null {
  const name = error instanceof LibvirtError ? error.evidence?.['fault'] : undefined;
  return typeof name === 'string' ? name : null;
}
