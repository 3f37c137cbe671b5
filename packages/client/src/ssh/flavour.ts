// In which words the two ssh transports of the process speak: those of libvirt's libssh and libssh2 transports.
import { createHash } from 'node:crypto';
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';

/** What differs between the two. */
export interface SshFlavour {
  readonly name: 'libssh' | 'libssh2';
  /** Makes the hash of a host key that a person compares. */
  hashKey(key: Uint8Array): string;
  /** A failure of the transport. */
  error(detail: string, cause?: unknown): LibvirtError;
  /** A failure of authentication, or of the host's. */
  refused(detail: string, cause?: unknown): LibvirtError;
  readonly texts: {
    readonly noKeyFile: string;
    readonly noCallback: string;
    readonly noCallbackForPrompts: string;
    readonly promptsFailed: string;
    passphrase(file: string): string;
    unreadableKey(file: string): string;
    wrongPassphrase(file: string): string;
    /** The only way was refused. @param way method of the protocol @param left what may go on */
    denied(way: string, left: readonly string[], file: string | null): LibvirtError;
  };
}

// virNetLibsshSession. Hashes are SHA-256 there, MD5 in virNetSSHSession: they only serve to be compared by a person.
/** `qemu+libssh://`. */
export const libsshFlavour: SshFlavour = flavour('libssh', ErrorCode.Libssh, ErrorDomain.Libssh, (error) => ({
  noKeyFile: 'Key file path must be provided for private key authentication',
  noCallback: "Can't perform authentication: Authentication callback not provided",
  noCallbackForPrompts:
    "No user interaction callback provided: Can't get input from keyboard interactive authentication",
  promptsFailed: 'failed to retrieve keyboard interactive result: callback has failed',
  passphrase: () => 'Passphrase',
  unreadableKey: (file) => `error while reading private key '${file}'`,
  wrongPassphrase: (file) => `error while opening private key '${file}', wrong passphrase?`,
  denied: (way, left) =>
    error(`failed to authenticate: Access denied for '${way}'. Authentication that can continue: ${left.join(',')}`),
}));

/** `qemu+libssh2://`. */
export const libssh2Flavour: SshFlavour = flavour('libssh2', ErrorCode.Ssh, ErrorDomain.Ssh, (error, refused) => ({
  noKeyFile: 'Username and key file path must be provided for private key authentication',
  noCallback: "Can't perform authentication: Authentication callback not provided",
  noCallbackForPrompts: "Can't perform keyboard-interactive authentication: Authentication callback not provided ",
  promptsFailed: 'failed to retrieve credentials',
  passphrase: (file) => `Passphrase for key '${file}'`,
  unreadableKey: (file) => `authentication with private key '${file}' has failed: Unable to open private key file`,
  wrongPassphrase: (file) =>
    `authentication with private key '${file}' has failed: Unable to extract public key from private key file: ` +
    'Wrong passphrase or invalid/unrecognized private key file format',
  denied: (way, _left, file) => {
    if (way === 'none') return error('Failed to connect to ssh agent');
    if (way === 'password') return refused('Authentication failed (username/password)');
    if (way === 'keyboard-interactive') return refused('Authentication failed (keyboard-interactive)');
    if (file === null) return refused('All identities provided by the SSH Agent were rejected');
    return refused(`authentication with private key '${file}' has failed: Username/PublicKey combination invalid`);
  },
}));

function flavour(
  name: SshFlavour['name'],
  code: number,
  domain: number,
  texts: (error: SshFlavour['error'], refused: SshFlavour['refused']) => SshFlavour['texts'],
): SshFlavour {
  const error = (detail: string, cause?: unknown) => new LibvirtError(code, detail, { domain, cause });
  const refused = (detail: string, cause?: unknown) =>
    new LibvirtError(ErrorCode.AuthFailed, detail, { domain, cause });
  const hashKey = (key: Uint8Array) => {
    const hex = createHash(name === 'libssh' ? 'sha256' : 'md5')
      .update(key)
      .digest('hex');
    const pairs = (hex.match(/../g) ?? []).join(':');
    return name === 'libssh' ? pairs : pairs.toUpperCase();
  };
  return { name, hashKey, error, refused, texts: texts(error, refused) };
}
