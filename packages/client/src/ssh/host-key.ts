// Whether the key of a host is trusted: by the file of known keys, by asking, or not at all checked.
import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { systemErrorText } from '@virtwire/rpc/node';
import type { CredentialSource } from '../credentials.ts';
import type { SshFlavour } from './flavour.ts';
import { fileOfHost, judgeHostKey, type KnownHost, knownHostLine, parseKnownHosts } from './known-hosts.ts';

/**
 * Words of `known_hosts_verify=`: ask about unknown keys, accept them, check nothing. `strict` is of the configuration of
 * ssh alone: refuse them.
 */
export type HostKeyPolicy = 'normal' | 'auto' | 'ignore' | 'strict';

const policies: readonly HostKeyPolicy[] = ['normal', 'auto', 'ignore'];

// Longer ones are not read.
const MAX_FILE_BYTES = 16_777_216;

/** Reads the value of `known_hosts_verify=`. @throws LibvirtError `InvalidArg` */
export function hostKeyPolicy(word: string | null): HostKeyPolicy {
  if (word === null) return 'normal';
  const policy = policies.find((each) => each === word.toLowerCase());
  if (policy !== undefined) return policy;
  throw new LibvirtError(ErrorCode.InvalidArg, `Invalid host key verification method: '${word}'`, {
    domain: ErrorDomain.Rpc,
  });
}

/** Reads a file of known hosts; one that is not there is empty. @throws LibvirtError `SystemError` */
export async function readKnownHosts(path: string): Promise<KnownHost[]> {
  try {
    const content = await readFile(path);
    if (content.length > MAX_FILE_BYTES) throw Object.assign(new Error('File too large'), { code: 'EFBIG' });
    return parseKnownHosts(content.toString('utf8'), path);
  } catch (thrown) {
    const error = thrown as NodeJS.ErrnoException;
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new LibvirtError(ErrorCode.SystemError, `unable to read '${path}': ${systemErrorText(error)}`, {
      domain: ErrorDomain.Rpc,
      cause: error,
    });
  }
}

/** What the certificate of a host came to. */
export interface CertifiedKey {
  /** The key that it is for, as on the wire; null when it may not be trusted. */
  readonly key: Uint8Array | null;
  /** Why not; null when it may. */
  readonly fault: string | null;
}

/** What the check of a host key is about. */
export interface HostKeyCheck {
  readonly flavour: SshFlavour;
  /** Name by which the key is stored. */
  readonly host: string;
  readonly port: number;
  readonly policy: HostKeyPolicy;
  /** File that new keys are written to; null when they are not kept. */
  readonly path: string | null;
  readonly known: readonly KnownHost[];
  /** What the certificate of the host says; null when there is none that matters. */
  readonly certified: CertifiedKey | null;
  readonly credentials: CredentialSource;
  readonly signal: AbortSignal | undefined;
}

/**
 * Decides whether to go on with a host that has shown its key; a new one is stored.
 *
 * @param key as on the wire
 * @throws LibvirtError in the words of the flavour when not
 * @see virNetLibsshCheckHostKey
 */
export async function checkHostKey(check: HostKeyCheck, key: Uint8Array): Promise<void> {
  const { flavour, host, port, policy, path, known, certified } = check;
  if (policy === 'ignore') return;
  const verdict = judgeHostKey(known, host, port, key);
  if (verdict === 'known') return;
  const hash = flavour.hashKey(key);
  const vouched = certified?.key ?? null;
  if (vouched !== null && Buffer.compare(vouched, key) === 0 && verdict !== 'revoked') return;
  if (verdict === 'changed') {
    throw flavour.refused(
      `!!! SSH HOST KEY VERIFICATION FAILED !!!: Identity of host '${host}:${port}' differs from stored identity. ` +
        `Please verify the new host key '${hash}' to avoid possible man in the middle attack. ` +
        `The key is stored in '${fileOfHost(known, host, port)}'.`,
    );
  }
  if (verdict === 'revoked') {
    throw flavour.refused(
      `!!! SSH HOST KEY VERIFICATION FAILED !!!: Host key '${hash}' of host '${host}:${port}' is revoked in '${revokedIn(known, key)}'.`,
    );
  }
  if (policy === 'strict') throw flavour.error(`SSH host key for '${host}' (${hash}) was not accepted`);
  if (policy === 'normal') await accept(check, hash);
  if (path !== null) await append(path, knownHostLine(host, port, key));
}

function revokedIn(known: readonly KnownHost[], key: Uint8Array): string {
  const encoded = Buffer.from(key).toString('base64');
  return known.find(({ marker, key: stored }) => marker === 'revoked' && stored === encoded)?.file ?? '';
}

async function accept({ flavour, host, port, credentials, signal }: HostKeyCheck, hash: string): Promise<void> {
  if (credentials.callback === null) {
    throw flavour.error("No user interaction callback provided: Can't verify the session host key");
  }
  const prompt = `Accept SSH host key with hash '${hash}' for host '${host}:${port}' (y/n)?`;
  const context = { service: 'ssh', host, ...(signal === undefined ? {} : { signal }) };
  let answer: string;
  try {
    [answer = ''] = await credentials.ask(context, [{ kind: 'answer', prompt, hidden: false }]);
  } catch (thrown) {
    throw flavour.error('failed to retrieve decision to accept host key', thrown);
  }
  if (answer.toLowerCase() === 'y') return;
  throw flavour.error(`SSH host key for '${host}' (${hash}) was not accepted`);
}

async function append(path: string, line: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a+', 0o600);
    try {
      const stat = await file.stat();
      const { size } = stat;
      const isFile = stat.isFile();
      const { buffer } = size === 0 ? { buffer: '\n' } : await file.read(Buffer.alloc(1), 0, 1, size - 1);
      await file.appendFile(buffer.toString() === '\n' ? line : `\n${line}`);
      // What is no file, as /dev/null, keeps nothing.
      if (isFile) await file.sync();
    } finally {
      await file.close();
    }
  } catch (thrown) {
    const text = systemErrorText(thrown as NodeJS.ErrnoException);
    throw new LibvirtError(ErrorCode.SystemError, `failed to write known_hosts file '${path}': ${text}`, {
      domain: ErrorDomain.Rpc,
      cause: thrown,
    });
  }
}
