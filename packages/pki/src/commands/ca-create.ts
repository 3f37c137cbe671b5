// ca create: makes an authority.
import { existsSync } from 'node:fs';
import { authorityFiles, privateFolders, readPassphrase } from '../authority.ts';
import { makeAuthorityCertificate } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { dayText } from '../context.ts';
import { failure } from '../failure.ts';
import { defaultDays, validityOf } from '../issuing.ts';
import {
  keyKind,
  keyOptions,
  mergedFields,
  subjectFields,
  subjectOptions,
  templateOf,
  templateOptions,
} from '../options.ts';
import { makePrivateKey, privateKeyPem } from '../private-key.ts';
import { orderedSubject } from '../subject.ts';

export const caCreate: Command = {
  usage: '[NAME]',
  words: [0, 1],
  description: `Makes an authority: a key that signs the certificates of servers and clients, and its own
certificate, which everybody gets. NAME is what people see; 'libvirt on HOSTNAME' when not given.
The key stays in the authority's folder, readable by its owner alone; with --encrypt it is
encrypted too, and its passphrase is asked for whenever something is signed.`,
  options: {
    ...subjectOptions,
    ...keyOptions,
    days: { value: 'N', help: `how long it lasts; ${defaultDays.authority} days when not given` },
    encrypt: { help: 'encrypt the key' },
    'passphrase-file': { value: 'FILE', help: 'first line: the passphrase for --encrypt; asked for when not given' },
    ...templateOptions,
  },
  examples: ['virtwire-pki ca create', "virtwire-pki ca create 'Example Ltd' --country GB --encrypt"],
  async run(context, args) {
    const files = authorityFiles(context.folder);
    if ((existsSync(files.certificate) || existsSync(files.key)) && !context.force) {
      throw failure(
        `there is an authority in ${context.folder} already; --force replaces it (backups stay), but nothing that it issued will be trusted by the new one`,
      );
    }
    const template = templateOf(args);
    for (const key of template.ignored) context.remark(`template: ${key} is not followed`);
    const name = args.words[0] ?? null;
    const own = [...(name === null ? [] : [{ type: 'CN', value: name } as const]), ...subjectFields(args)];
    const fields = mergedFields(own, template.fields);
    if (!fields.some(({ type }) => type === 'CN')) {
      fields.push({ type: 'CN', value: `libvirt on ${(await context.machine.facts()).hostname}`.slice(0, 64) });
    }
    const passphraseFile = args.text('passphrase-file');
    const passphrase = args.flag('encrypt')
      ? passphraseFile === null
        ? await newPassphrase((prompt) => context.askSecret(prompt))
        : readPassphrase(passphraseFile)
      : undefined;
    const key = makePrivateKey(keyKind(args));
    const dates = { ...template, days: args.count('days') ?? template.days ?? defaultDays.authority };
    const validity = validityOf(dates, context.now, null);
    const subject = orderedSubject(fields);
    const pem = await makeAuthorityCertificate({ subject, key, ...validity });
    await context.apply({
      directories: privateFolders(context.folder),
      files: [
        { path: files.key, content: privateKeyPem(key, passphrase), mode: 0o600 },
        { path: files.certificate, content: pem, mode: 0o644 },
      ],
    });
    context.print('');
    context.print(
      `the authority '${fields.find(({ type }) => type === 'CN')?.value}', good until ${dayText(validity.notAfter)}`,
    );
    context.next(
      `virtwire-pki server issue${context.folderOption}`,
      `virtwire-pki client issue NAME${context.folderOption}`,
    );
  },
};

async function newPassphrase(ask: (prompt: string) => Promise<string>): Promise<string> {
  const first = await ask('Passphrase for the key of the authority: ');
  if (first === '') throw failure('the passphrase is empty');
  if ((await ask('Once more: ')) !== first) throw failure('the two passphrases differ');
  return first;
}
