// show: what a certificate, key, request or revocation list says.
import { type CertificateFacts, certificatesOf, Purpose, revocationListsOf } from '@virtwire/rpc/tls';
import { requiredText } from '../text-file.ts';
import { readRequest } from '../certificate-maker.ts';
import type { Command } from '../command.ts';
import { type Context, dayText } from '../context.ts';
import { failure } from '../failure.ts';
import { isEncryptedKey, keyText, readPrivateKey } from '../private-key.ts';
import { subjectFacts } from '../subject-facts.ts';

export const show: Command = {
  usage: 'FILE',
  words: [1, 1],
  description: `Shows a certificate (names, purposes, dates, the distinguished name as the daemon spells it), a
request, a revocation list, or what kind of key a file holds. Never a key itself.`,
  options: {},
  examples: ['virtwire-pki show /etc/pki/libvirt/servercert.pem'],
  readsOnly: true,
  async run(context, args) {
    const [path = ''] = args.words;
    const text = requiredText(path);
    const sections = certificatesOf(text).map((facts) => certificateRows(facts, context));
    if (/BEGIN (NEW )?CERTIFICATE REQUEST/.test(text)) sections.push(await requestRows(text, path));
    if (/BEGIN (X509 )?CRL/.test(text)) sections.push(...listRows(text, context));
    if (/BEGIN [A-Z ]*PRIVATE KEY/.test(text)) {
      sections.push([['private key', isEncryptedKey(text) ? 'encrypted' : keyText(readPrivateKey(text, path))]]);
    }
    if (sections.length === 0) throw failure(`${path} holds nothing in PEM form that could be shown`);
    for (const [index, rows] of sections.entries()) {
      if (index > 0) context.print('');
      const width = Math.max(...rows.map(([name]) => name.length)) + 1;
      for (const [name, value] of rows) context.print(`${`${name}:`.padEnd(width)} ${value}`);
    }
  },
};

type Row = readonly [name: string, value: string];

function certificateRows(facts: CertificateFacts, { now }: Context): Row[] {
  const { alternativeNames, keyUsage, purposes } = facts;
  const names = [...(alternativeNames?.dns ?? []), ...(alternativeNames?.addresses ?? [])];
  return [
    ['name', facts.subject],
    ['issued by', facts.issuer],
    ...(names.length > 0 ? ([['hosts', names.join(', ')]] as const) : []),
    ['good from', `${facts.notBefore.toISOString().replace('.000', '')}${facts.notBefore > now ? ' (not yet)' : ''}`],
    ['good until', `${facts.notAfter.toISOString().replace('.000', '')} (${daysText(facts.notAfter, now)})`],
    ['authority', facts.isCa === true ? 'yes' : 'no'],
    ['usage', keyUsage === null ? 'any' : [...keyUsage.bits].join(', ') + (keyUsage.critical ? ' (critical)' : '')],
    [
      'purposes',
      purposes === null
        ? 'any'
        : purposes.oids.map((oid) => purposeNames[oid] ?? oid).join(', ') + (purposes.critical ? ' (critical)' : ''),
    ],
    ['key', keyText(facts.x509.publicKey)],
    ['serial', facts.serial],
    ['sha256', facts.x509.fingerprint256],
  ];
}

const purposeNames: Readonly<Record<string, string>> = {
  [Purpose.TlsServer]: 'TLS server',
  [Purpose.TlsClient]: 'TLS client',
  [Purpose.Any]: 'any',
};

function daysText(until: Date, now: Date): string {
  const days = Math.floor((until.getTime() - now.getTime()) / 86_400_000);
  return days < 0 ? `expired ${-days} days ago` : `${days} days left`;
}

async function requestRows(text: string, path: string): Promise<Row[]> {
  const request = await readRequest(text, path);
  return [
    ['request for', subjectFacts(request.subject).text],
    ['hosts', request.names.join(', ') || 'none'],
    ['purposes', request.purposes.map((each) => `TLS ${each}`).join(', ') || 'not said'],
    ['key', keyText(request.publicKey)],
  ];
}

function listRows(text: string, { now }: Context): Row[][] {
  return revocationListsOf(text).map(({ issuerDer, serials, nextUpdate }) => [
    ['revoked by', subjectFacts(Buffer.from(issuerDer, 'hex')).text],
    ['next list', nextUpdate === null ? 'not said' : `${dayText(nextUpdate)}${nextUpdate < now ? ' (overdue)' : ''}`],
    ['revoked', serials.size === 0 ? 'none' : [...serials].join(', ')],
  ]);
}
