// The option that names a domain, which most commands have.
import { word } from './option.ts';
import {
  activeDomainNames,
  domainNames,
  inactiveDomainNames,
  pausedDomainNames,
  persistentDomainNames,
} from './completers.ts';

const help = 'name, id or UUID of the domain';

/** Any domain. */
export const anyDomain = word(help, { complete: domainNames });
/** A running domain. */
export const runningDomain = word(help, { complete: activeDomainNames });
/** A domain that does not run. */
export const stoppedDomain = word('name or UUID of a domain that does not run', { complete: inactiveDomainNames });
/** A domain that is suspended. */
export const suspendedDomain = word(help, { complete: pausedDomainNames });
/** A domain that is defined. */
export const definedDomain = word(help, { complete: persistentDomainNames });
