// Certificates for tests, made by GnuTLS's certtool from templates: an authority, and whatever it signs.
import { execFile } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** What a certificate is made of: lines of a template of certtool. */
export type Template = readonly string[];

/** An authority that signs certificates into a folder. */
export interface TestAuthority {
  /** Path of its certificate. */
  readonly certificate: string;
  readonly key: string;
  /** Signs a certificate. @returns where it and its key are */
  sign(name: string, template: Template): Promise<{ readonly cert: string; readonly key: string }>;
  /** Makes a list of revoked certificates. @returns its path */
  revoke(name: string, ...certificates: readonly string[]): Promise<string>;
}

/** Templates of the ordinary certificates. */
export const serverTemplate: Template = ['tls_www_server', 'signing_key', 'encryption_key'];
export const clientTemplate: Template = ['tls_www_client', 'signing_key', 'encryption_key'];

/** Tools that this needs are there. */
export const certtoolCommand = 'certtool';

/** Makes an authority of the given name in a folder. */
export async function testAuthority(folder: string, name: string): Promise<TestAuthority> {
  await mkdir(folder, { recursive: true });
  const certificate = `${folder}/${name}-cert.pem`;
  const key = await privateKey(`${folder}/${name}-key.pem`);
  const template = await written(`${folder}/${name}.tmpl`, [
    `cn = ${name}`,
    'ca',
    'cert_signing_key',
    'crl_signing_key',
    'expiration_days = 3650',
  ]);
  await execute(certtoolCommand, [
    '--generate-self-signed',
    '--load-privkey',
    key,
    '--template',
    template,
    '--outfile',
    certificate,
  ]);
  // One key serves all that it signs: making them takes longest.
  const leafKey = await privateKey(`${folder}/${name}-leaf-key.pem`);
  const signing = ['--load-ca-certificate', certificate, '--load-ca-privkey', key];
  return {
    certificate,
    key,
    sign: async (each, lines) => {
      const cert = `${folder}/${each}-cert.pem`;
      const ownKey = `${folder}/${each}-key.pem`;
      await copyFile(leafKey, ownKey);
      const dated = lines.some((line) => /^(expiration_d|activation_d)/.test(line))
        ? lines
        : [...lines, 'expiration_days = 365'];
      const path = await written(`${folder}/${each}.tmpl`, dated);
      await execute(certtoolCommand, [
        '--generate-certificate',
        '--load-privkey',
        ownKey,
        ...signing,
        '--template',
        path,
        '--outfile',
        cert,
      ]);
      return { cert, key: ownKey };
    },
    revoke: async (each, ...certificates) => {
      const list = `${folder}/${each}.pem`;
      const path = await written(`${folder}/${each}.tmpl`, ['crl_next_update = 365', 'crl_number = 1']);
      await execute(certtoolCommand, [
        '--generate-crl',
        ...signing,
        ...certificates.flatMap((revoked) => ['--load-certificate', revoked]),
        '--template',
        path,
        '--outfile',
        list,
      ]);
      return list;
    },
  };
}

// RSA: certtool leaves key encipherment out for keys on curves, and libvirt then refuses the certificate.
async function privateKey(path: string): Promise<string> {
  await execute(certtoolCommand, ['--generate-privkey', '--key-type', 'rsa', '--bits', '2048', '--outfile', path]);
  return path;
}

async function written(path: string, lines: Template): Promise<string> {
  await writeFile(path, `${lines.join('\n')}\n`);
  return path;
}
