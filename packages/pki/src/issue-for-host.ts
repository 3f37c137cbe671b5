// Issues a certificate for a host, for its daemon or for the consoles of its guests.
import { readAuthority } from './authority.ts';
import type { Arguments } from './command.ts';
import { type Context, shellWord } from './context.ts';
import { failure } from './failure.ts';
import { defaultDays, issue } from './issuing.ts';
import { keyKind, mergedFields, subjectFields, templateOf } from './options.ts';
import { type KeyKind, keyKinds, makePrivateKey } from './private-key.ts';
import { remoteText, targetMachine } from './remote-options.ts';
import { hostNames, orderedSubject } from './subject.ts';

/** Names of a machine for itself, which `--local` adds. */
const LOCAL_NAMES = ['localhost', '127.0.0.1', '::1'] as const;

/** Issues for the hosts of a command line, or for the machine that it names. */
export async function issueForHost(context: Context, args: Arguments, kind: 'server' | 'vnc'): Promise<void> {
  const authority = readAuthority(context);
  const template = templateOf(args);
  for (const key of template.ignored) context.remark(`template: ${key} is not followed`);
  if (template.ca) throw failure(`the template is one for an authority: 'virtwire-pki ca create' takes it`);
  const common = template.fields.find(({ type }) => type === 'CN')?.value;
  let hosts: readonly string[] = args.words;
  // A name of the template counts as a host's name only when it lists no others, as for GnuTLS itself.
  if (hosts.length === 0) hosts = template.hosts.length > 0 || common === undefined ? template.hosts : [common];
  if (hosts.length === 0) {
    const facts = await targetMachine(context, args).facts();
    hosts = [...facts.names, ...facts.addresses];
  }
  const first = hosts[0] as string;
  const own = subjectFields(args);
  const fields = mergedFields(own, template.fields).filter(({ type }) => type !== 'CN' || args.words.length === 0);
  if (!fields.some(({ type }) => type === 'CN')) fields.push({ type: 'CN', value: first });
  if (!fields.some(({ type }) => type === 'O')) fields.push(...organizationOf(authority.certificate.commonNames));
  const name = args.text('name') ?? first;
  await issue(context, authority, {
    kind,
    name,
    subject: orderedSubject(fields),
    names: hostNames(args.flag('local') ? [...hosts, ...LOCAL_NAMES] : hosts),
    purposes: ['server'],
    dates: { ...template, days: args.count('days') ?? template.days ?? defaultDays.server },
    key: makePrivateKey(keyKind(args)),
    passphraseFile: args.text('passphrase-file'),
  });
  const option = kind === 'vnc' ? '--vnc' : '--server';
  context.next(`virtwire-pki install ${option} ${shellWord(name)}${remoteText(args)}${context.folderOption}`);
}

/** Issues for hosts without further wishes. */
export async function issueForHosts(
  context: Context,
  {
    kind,
    hosts,
    name,
    replaces,
  }: { kind: 'server' | 'vnc'; hosts: readonly string[]; name: string; replaces: boolean },
): Promise<void> {
  const authority = readAuthority(context);
  await issue(context, authority, {
    kind,
    name,
    subject: orderedSubject([{ type: 'CN', value: name }, ...organizationOf(authority.certificate.commonNames)]),
    names: hostNames(hosts),
    purposes: ['server'],
    dates: { days: defaultDays.server },
    key: makePrivateKey(keyKinds[0] as KeyKind),
    passphraseFile: null,
    replaces,
  });
}

/** The authority's name as organization: virt-pki-validate takes certificates for foreign ones without it. */
export function organizationOf(commonNames: readonly string[]): { readonly type: 'O'; readonly value: string }[] {
  const [name] = commonNames;
  return name === undefined ? [] : [{ type: 'O', value: name }];
}
