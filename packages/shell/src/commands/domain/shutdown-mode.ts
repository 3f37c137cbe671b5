// The ways to ask a domain to stop or to boot again: the option --mode.
import { text } from '../../option.ts';
import { oneOf } from '../../completers.ts';
import { fail } from '../../failure.ts';

// virDomainShutdownFlagValues and virDomainRebootFlagValues
const MODES: Readonly<Record<string, number>> = { acpi: 1, agent: 2, initctl: 4, signal: 8, paravirt: 16 };

/** The option --mode. */
export const modeOption = text('how to ask it: acpi, agent, initctl, signal, paravirt, several joined by commas', {
  complete: oneOf(...Object.keys(MODES)),
});

/** Gives the flags of the modes. @param lastComma what stands before `or` in virsh's text, which differs by command */
export function modeFlags(modes: string | undefined, lastComma: '' | ','): number {
  if (modes === undefined) return 0;
  return modes.split(',').reduce((flags, mode) => {
    const known = Object.hasOwn(MODES, mode) ? MODES[mode] : undefined;
    if (known === undefined) {
      fail(`Unknown mode ${mode} value, expecting 'acpi', 'agent', 'initctl', 'signal'${lastComma} or 'paravirt'`);
    }
    return flags | known;
  }, 0);
}
