// client issue: key and certificate of somebody who connects.
import { readAuthority } from '../authority.ts';
import type { Command } from '../command.ts';
import { shellWord } from '../context.ts';
import { failure } from '../failure.ts';
import { organizationOf } from '../issue-for-host.ts';
import { defaultDays, issue } from '../issuing.ts';
import {
  keyKind,
  keyOptions,
  mergedFields,
  passphraseOptions,
  subjectFields,
  subjectOptions,
  templateOf,
  templateOptions,
} from '../options.ts';
import { makePrivateKey } from '../private-key.ts';
import { orderedSubject } from '../subject.ts';

export const clientIssue: Command = {
  usage: '[NAME]',
  words: [0, 1],
  description: `Makes key and certificate of somebody who connects: a person, a machine, a program. NAME becomes
the common name; daemons know the client by the whole distinguished name (tls_allowed_dn_list).`,
  options: {
    days: { value: 'N', help: `how long it lasts; ${defaultDays.client} days when not given` },
    ...subjectOptions,
    ...keyOptions,
    ...templateOptions,
    ...passphraseOptions,
  },
  examples: ['virtwire-pki client issue admin', 'virtwire-pki client issue alice --country GB --unit Operators'],
  async run(context, args) {
    const authority = readAuthority(context);
    const template = templateOf(args);
    for (const key of template.ignored) context.remark(`template: ${key} is not followed`);
    if (template.ca) throw failure(`the template is one for an authority: 'virtwire-pki ca create' takes it`);
    const given = args.words[0] ?? null;
    const own = [...(given === null ? [] : [{ type: 'CN', value: given } as const]), ...subjectFields(args)];
    const fields = mergedFields(own, template.fields);
    const name = fields.find(({ type }) => type === 'CN')?.value;
    if (name === undefined) throw failure('whose certificate? give a NAME, or a template with cn');
    if (!fields.some(({ type }) => type === 'O')) fields.push(...organizationOf(authority.certificate.commonNames));
    const paths = await issue(context, authority, {
      kind: 'client',
      name,
      subject: orderedSubject(fields),
      names: { dns: [], addresses: [] },
      purposes: ['client'],
      dates: { ...template, days: args.count('days') ?? template.days ?? defaultDays.client },
      key: makePrivateKey(keyKind(args)),
      passphraseFile: args.text('passphrase-file'),
    });
    context.next(
      `virtwire-pki install --client ${shellWord(name)}${context.folderOption}   (here; --remote user@host for another machine)`,
      `virtwire-pki dn ${shellWord(paths.certificate)}   (the name for tls_allowed_dn_list)`,
    );
  },
};
