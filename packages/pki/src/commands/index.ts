// All commands, in the order of help, and how one is found by its words.
import type { CommandEntry } from '../command.ts';
import { UsageError } from '../failure.ts';

/** All commands by name; a name may be two words. */
export const entries: Readonly<Record<string, CommandEntry>> = {
  'ca create': {
    summary: 'make an authority that signs the others',
    load: async () => (await import('./ca-create.ts')).caCreate,
  },
  'ca import': {
    summary: 'take over an authority that certtool or openssl made',
    load: async () => (await import('./ca-import.ts')).caImport,
  },
  'ca renew': {
    summary: "make the authority's certificate last longer, with the same key",
    load: async () => (await import('./ca-renew.ts')).caRenew,
  },
  'server issue': {
    summary: 'make key and certificate of a host',
    load: async () => (await import('./server-issue.ts')).serverIssue,
  },
  'client issue': {
    summary: 'make key and certificate of somebody who connects',
    load: async () => (await import('./client-issue.ts')).clientIssue,
  },
  'vnc issue': {
    summary: "make key and certificate for the consoles of a host's guests",
    load: async () => (await import('./vnc-issue.ts')).vncIssue,
  },
  sign: {
    summary: 'sign a request that was made elsewhere',
    load: async () => (await import('./sign.ts')).sign,
  },
  renew: {
    summary: 'issue a certificate again with new dates',
    load: async () => (await import('./renew.ts')).renew,
  },
  revoke: {
    summary: 'take a certificate back, and write the revocation list',
    load: async () => (await import('./revoke.ts')).revoke,
  },
  crl: {
    summary: 'write the revocation list anew',
    load: async () => (await import('./crl.ts')).crl,
  },
  list: {
    summary: 'what was issued, and how many days are left',
    load: async () => (await import('./list.ts')).list,
  },
  show: {
    summary: 'what a certificate, key, request or revocation list says',
    load: async () => (await import('./show.ts')).show,
  },
  dn: {
    summary: "a certificate's name as tls_allowed_dn_list wants it",
    load: async () => (await import('./dn.ts')).dn,
  },
  install: {
    summary: 'put certificates and keys where libvirt looks for them',
    load: async () => (await import('./install.ts')).install,
  },
  bundle: {
    summary: 'a folder with all that a client needs (pkipath=)',
    load: async () => (await import('./bundle.ts')).bundle,
  },
  check: {
    summary: 'find what is wrong on this machine, and say the mend',
    load: async () => (await import('./check.ts')).check,
  },
};

/** Finds the command that a command line begins with. @throws UsageError when there is none */
export function findCommand(argv: readonly string[]): { name: string; entry: CommandEntry; rest: readonly string[] } {
  const [first = '', second] = argv;
  for (const [name, length] of [
    [`${first} ${second}`, 2],
    [first, 1],
  ] as const) {
    const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
    if (entry !== undefined) return { name, entry, rest: argv.slice(length) };
  }
  const longer = Object.keys(entries).filter((name) => name.startsWith(`${first} `));
  throw new UsageError(longer.length > 0 ? `say which: ${longer.join(', ')}` : `unknown command '${first}'`);
}
