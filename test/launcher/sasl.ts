// Cyrus SASL's configuration for one test: mechanisms, and users made by saslpasswd2.
import { mkdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { run } from './process.ts';
import { temporaryDirectory } from './temporary.ts';

/** A configuration. Disposing it removes it. */
export interface SaslFiles extends AsyncDisposable {
  readonly directory: string;
  readonly database: string;
  /** Variables that make a daemon read this configuration and no other. */
  readonly env: Readonly<Record<string, string>>;
  /** Puts a user in, or changes the password, while a daemon may be running. */
  user(name: string, password: string): Promise<void>;
}

/** What stands in it. */
export interface SaslFilesOptions {
  readonly mechanisms: string;
  /** Passwords by name. */
  readonly users?: Readonly<Record<string, string>>;
  readonly keytab?: string;
}

/** Writes a configuration. */
export async function saslFiles({ mechanisms, users = {}, keytab }: SaslFilesOptions): Promise<SaslFiles> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const database = `${path}/passwd.db`;
  await mkdir(`${path}/sasl2`);
  await writeFile(
    `${path}/sasl2/libvirt.conf`,
    `mech_list: ${mechanisms}\nsasldb_path: ${database}\nvirtwired_passwd_path: ${path}/virtwired.passwd\n${
      keytab === undefined ? '' : `keytab: ${keytab}\n`
    }`,
  );
  const user = async (name: string, password: string) => {
    const args = ['-p', '-c', '-u', hostname(), '-f', database, name];
    const { code, stderr } = await run('saslpasswd2', args, { input: password });
    if (code !== 0) throw new Error(`saslpasswd2 failed: ${stderr}`);
  };
  for (const [name, password] of Object.entries(users)) await user(name, password);
  return {
    directory: path,
    database,
    env: { SASL_CONF_PATH: `${path}/sasl2` },
    user,
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
