// What of an authority's certificates, or of a folder's files, is to be installed on a machine.
import { certificatesOf, matchesHostName } from '@virtwire/rpc/tls';
import {
  type Authority,
  findIssued,
  isIssuedBy,
  type Issued,
  type IssuedKind,
  issuedPaths,
  samePublicKey,
} from './authority.ts';
import { readText } from './text-file.ts';
import { failure } from './failure.ts';
import type { InstallSet, Pair } from './install-set.ts';
import type { MachineFacts } from './machine.ts';
import { flatPlaces } from './places.ts';
import { readPrivateKey } from './private-key.ts';

/** What a user asks for: names, or true for "the one that fits". */
export interface WantedParts {
  readonly server: string | true | null;
  readonly client: string | true | null;
  readonly vnc: string | true | null;
  readonly revocationList: boolean;
}

/** A choice, and why something is not in it. */
export interface Choice {
  readonly set: InstallSet;
  readonly remarks: readonly string[];
}

/** Chooses from what an authority has issued. @throws LibvirtError when something that was asked for by name is not there */
export function chooseFromAuthority(authority: Authority, wanted: WantedParts, facts: MachineFacts): Choice {
  const remarks: string[] = [];
  const pick = (kind: IssuedKind, name: string | true | null): Pair | null => {
    if (name === null) return null;
    const issued = name === true ? fitting(authority, kind, facts, remarks) : findIssued(authority, name, [kind]);
    return issued === null ? null : pairOf(authority, issued);
  };
  const server = pick('server', wanted.server);
  const client = pick('client', wanted.client);
  const vnc = pick('vnc', wanted.vnc);
  return {
    remarks,
    set: {
      ca: authority.pem,
      revocationList: wanted.revocationList ? authority.revocationList : null,
      server,
      client,
      vnc: vnc === null ? null : { ...vnc, ca: authority.pem },
    },
  };
}

/** Chooses what lies in a folder: a bundle, or files of other tools under libvirt's names. */
export function chooseFromFolder(folder: string, wanted: WantedParts): Choice {
  const places = flatPlaces(folder);
  const ca = readText(places.caCertificate);
  if (ca === null) throw failure(`${places.caCertificate} is not there`);
  const pick = (asked: string | true | null, certificatePath: string, keyPath: string): Pair | null => {
    const certificate = asked === null ? null : readText(certificatePath);
    const key = certificate === null ? null : readText(keyPath);
    if (certificate !== null && key === null) throw failure(`${keyPath} is not there, but ${certificatePath} is`);
    return certificate === null || key === null ? null : { certificate, key };
  };
  return {
    remarks: [],
    set: {
      ca,
      revocationList: wanted.revocationList ? readText(places.revocationList) : null,
      server: pick(wanted.server, places.serverCertificate, places.serverKey),
      client: pick(wanted.client, places.clientCertificate, places.clientKey),
      vnc: null,
    },
  };
}

/** Refuses what would not work together: a key of another certificate, a certificate of another authority. */
export function assertConsistent({ ca, server, client, vnc }: InstallSet): void {
  const [authority] = ca === null ? [] : certificatesOf(ca);
  if (authority === undefined) throw failure("the authority's certificate is no certificate in PEM form");
  for (const [role, pair] of Object.entries({ server, client, vnc })) {
    if (pair === null) continue;
    const [facts] = certificatesOf(pair.certificate);
    if (facts === undefined) throw failure(`the ${role} certificate is no certificate in PEM form`);
    if (!samePublicKey(readPrivateKey(pair.key, `the ${role} key`), facts)) {
      throw failure(`the ${role} key does not belong to the ${role} certificate`);
    }
    if (!isIssuedBy(facts, authority)) {
      throw failure(`the ${role} certificate was not issued by the authority that is to be installed with it`);
    }
  }
}

function fitting(authority: Authority, kind: IssuedKind, facts: MachineFacts, remarks: string[]): Issued | null {
  const good = authority.issued.filter((each) => each.kind === kind && each.current && each.revocation === null);
  if (kind === 'client') {
    if (good.length > 1) {
      const names = good.map(({ name }) => name).join(', ');
      remarks.push(`No client certificate: which of ${names}? Say --client NAME.`);
    }
    return good.length === 1 ? (good[0] as Issued) : null;
  }
  const own = [...facts.names, ...facts.addresses];
  const matching = good.filter((each) => own.some((name) => matchesHostName(each.facts, name)));
  if (matching.length === 0 && good.length > 0) {
    const names = good.map(({ name }) => name).join(', ');
    remarks.push(`No ${kind} certificate: none of ${names} is for ${facts.hostname}. Say --${kind} NAME if one is.`);
  }
  return matching.at(-1) ?? null;
}

function pairOf({ folder }: Authority, { kind, name, revocation, pem, serial, current }: Issued): Pair {
  if (revocation !== null) throw failure(`the certificate of '${name}' (${serial}) is revoked`);
  if (!current) throw failure(`the certificate ${serial} has been renewed: '${name}' means the latest`);
  const paths = issuedPaths(folder, kind, name);
  const key = readText(paths.key);
  if (key === null)
    throw failure(`the key of '${name}' is not here, but with whoever made the request: install it there`);
  return { certificate: pem, key };
}
