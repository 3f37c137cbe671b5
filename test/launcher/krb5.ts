// A Kerberos realm for one test: a KDC on a port of its own, service keys in a keytab, and tickets for users.
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './daemon.ts';
import { run, start } from './process.ts';
import { temporaryDirectory } from './temporary.ts';

/** A running realm. Disposing it ends the KDC and removes all tickets. */
export interface Krb5Realm extends AsyncDisposable {
  readonly name: string;
  readonly directory: string;
  /** Variables that make a program use this realm and no other. */
  readonly env: Readonly<Record<string, string>>;
  /** Makes keys for services, e.g. `libvirt/localhost`. @returns the path of their keytab */
  keytab(...services: string[]): Promise<string>;
  /** Makes a user and gets a ticket. @returns variables for programs that act as the user */
  ticket(user: string): Promise<Record<string, string>>;
}

const PASSWORD = 'test-realm-password';

/** Starts a realm. */
export async function startKrb5Realm(name = 'VIRTWIRE.TEST'): Promise<Krb5Realm> {
  const directory = await temporaryDirectory();
  const { path } = directory;
  const port = await freePort();
  await writeFile(
    `${path}/krb5.conf`,
    `[libdefaults]
 default_realm = ${name}
 dns_lookup_kdc = false
 dns_lookup_realm = false
 dns_canonicalize_hostname = false
 rdns = false
[realms]
 ${name} = {
  kdc = 127.0.0.1:${port}
 }
[domain_realm]
 localhost = ${name}
[dbmodules]
 ${name} = {
  db_library = db2
  database_name = ${path}/principal
 }
`,
  );
  await writeFile(
    `${path}/kdc.conf`,
    `[kdcdefaults]
 kdc_listen = 127.0.0.1:${port}
 kdc_tcp_listen = 127.0.0.1:${port}
[realms]
 ${name} = {
  key_stash_file = ${path}/stash
 }
[logging]
 kdc = FILE:${path}/kdc.log
 default = FILE:${path}/krb5.log
`,
  );
  const env = {
    KRB5_CONFIG: `${path}/krb5.conf`,
    KRB5_KDC_PROFILE: `${path}/kdc.conf`,
    KRB5CCNAME: `FILE:${path}/nobody`,
    KRB5_KTNAME: `FILE:${path}/no.keytab`,
    KRB5RCACHEDIR: path,
  };
  const sure = async (command: string, args: readonly string[], input = '') => {
    const { code, stdout, stderr } = await run(command, args, { env, input });
    if (code !== 0) throw new Error(`${command} ${args.join(' ')} failed\n${stdout}${stderr}`);
  };
  const admin = (query: string) => sure('kadmin.local', ['-r', name, '-q', query]);
  await sure('kdb5_util', ['create', '-s', '-r', name, '-P', PASSWORD]);
  const kdc = start('krb5kdc', ['-n', '-r', name], { env });
  await answers(port);
  let keytabs = 0;
  return {
    name,
    directory: path,
    env,
    keytab: async (...services) => {
      const file = `${path}/keytab${keytabs++}`;
      for (const service of services) {
        await admin(`addprinc -randkey ${service}`);
        await admin(`ktadd -k ${file} ${service}`);
      }
      return file;
    },
    ticket: async (user) => {
      await admin(`addprinc -pw ${PASSWORD} ${user}`);
      const cache = `FILE:${path}/ticket-${user}`;
      await sure('kinit', ['-c', cache, user], `${PASSWORD}\n`);
      return { ...env, KRB5CCNAME: cache };
    },
    async [Symbol.asyncDispose]() {
      await kdc[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

async function answers(port: number): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const socket = connect(port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await delay(10);
    } finally {
      socket.destroy();
    }
  }
}
