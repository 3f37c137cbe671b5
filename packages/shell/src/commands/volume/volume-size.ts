// Reads the sizes that volume commands are given: bytes, or a number with a unit.
import { CommandFailure } from '../../failure.ts';
import { scaledInteger } from '../../numbers.ts';

const ULONG_MAX = 2n ** 64n - 1n;

/** Gives bytes. @throws CommandFailure with libvirt's text for what is wrong with it */
export function volumeSize(given: string): bigint {
  const bytes = scaledInteger(given, 1n, ULONG_MAX);
  if (bytes !== null) return bytes;
  const text = `Malformed size ${given}`;
  const [, digits, suffix] = /^\s*\+?(\d+)(.*)$/s.exec(given) ?? [];
  if (digits === undefined || BigInt(digits) > ULONG_MAX) throw new CommandFailure(text);
  const known = scaledInteger(`1${suffix}`, 1n, ULONG_MAX) !== null;
  throw new CommandFailure(
    text,
    new Error(known ? `numerical overflow: value too large: ${given}` : `invalid argument: unknown suffix '${suffix}'`),
  );
}
