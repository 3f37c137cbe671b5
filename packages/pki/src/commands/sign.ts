// sign: signs a request that was made elsewhere.
import { readAuthority } from '../authority.ts';
import { requiredText } from '../text-file.ts';
import { type LeafPurpose, readRequest } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { shellWord } from '../context.ts';
import { failure, UsageError } from '../failure.ts';
import { defaultDays, issue } from '../issuing.ts';
import { mergedFields, passphraseOptions, subjectFields, subjectOptions } from '../options.ts';
import { weakness } from '../private-key.ts';
import { hostNames, orderedSubject, type SubjectField } from '../subject.ts';
import { subjectFacts } from '../subject-facts.ts';

export const sign: Command = {
  usage: 'REQUEST',
  words: [1, 1],
  description: `Signs a request (PKCS #10) that certtool, openssl or another tool made where the key is to stay.
Its name and the names of hosts in it are taken over, unless options give others; whatever else it
asks for is not listened to. Say what it is for, unless the request does.`,
  options: {
    server: { help: 'it is for a server' },
    client: { help: 'it is for a client' },
    host: { value: 'HOST', help: "names and addresses instead of the request's", many: true },
    name: { value: 'NAME', help: 'under which it is kept; the common name when not given' },
    cn: { value: 'TEXT', help: "CN; with it, or any other field, the request's name is not used" },
    days: { value: 'N', help: `how long it lasts; ${defaultDays.server} or ${defaultDays.client} days when not given` },
    ...subjectOptions,
    ...passphraseOptions,
  },
  examples: [
    'virtwire-pki sign host1.csr --server',
    'virtwire-pki sign alice.csr --client --cn alice --organization Example',
  ],
  async run(context, args) {
    const [path = ''] = args.words;
    const authority = readAuthority(context);
    const request = await readRequest(requiredText(path), path);
    const weak = weakness(request.publicKey);
    if (weak !== null) throw failure(`${path}: ${weak}`);
    if (args.flag('server') && args.flag('client')) throw new UsageError('--server or --client, not both');
    const asked = request.purposes.length === 1 ? request.purposes[0] : undefined;
    const kind: LeafPurpose | undefined = args.flag('server') ? 'server' : args.flag('client') ? 'client' : asked;
    if (kind === undefined) throw new UsageError('say what the certificate is for: --server or --client');
    const common = args.text('cn');
    const own: SubjectField[] = [
      ...(common === null ? [] : [{ type: 'CN', value: common } as const]),
      ...subjectFields(args),
    ];
    const { commonNames, text } = subjectFacts(request.subject);
    const subject = own.length > 0 ? orderedSubject(mergedFields(own, [])) : request.subject;
    const commonName = own.find(({ type }) => type === 'CN')?.value ?? commonNames[0];
    if (commonName === undefined) throw failure(`the request ${path} has no common name: give one with --cn`);
    if (own.length === 0) context.remark(`name as requested: ${text}`);
    const given = args.texts('host');
    const hosts = given.length > 0 ? given : request.names.length > 0 ? request.names : [commonName];
    const name = args.text('name') ?? commonName;
    const { certificate } = await issue(context, authority, {
      kind,
      name,
      subject,
      names: kind === 'server' ? hostNames(hosts) : { dns: [], addresses: [] },
      purposes: [kind],
      dates: { days: args.count('days') ?? defaultDays[kind] },
      key: request.publicKey,
      passphraseFile: args.text('passphrase-file'),
    });
    context.next(`give ${shellWord(certificate)} and ${shellWord(`${context.folder}/ca/cacert.pem`)} to whoever asked`);
  },
};
