// A host with a daemon that serves TLS on default port and paths, and what clients are told when they connect to it.
import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import {
  clientTemplate,
  type Place,
  type Running,
  serverTemplate,
  type Shell,
  startPlace,
  type TestAuthority,
  testAuthority,
} from '../launcher/index.ts';
import { configText } from '../launcher/daemon.ts';
import { fromEnvironment, programOf } from '../launcher/virtwired.ts';

/** Either daemon. */
export type DaemonName = 'libvirtd' | 'virtwired';

/** Folders with certificates of all kinds, and a place to use them in. */
export interface TlsHost extends AsyncDisposable {
  readonly place: Place;
  readonly authority: TestAuthority;
  readonly other: TestAuthority;
  /** Makes a folder for `pkipath=` from an authority and certificates by the names of their files. */
  folder(name: string, authority: string, files: Readonly<Record<string, Certificate>>): Promise<string>;
  /** Puts a server certificate, and the authority, where the daemon looks. */
  install(server: Certificate): Promise<void>;
  /** Starts a daemon. @returns it, and waits until it listens, or has ended */
  serve(daemon: DaemonName, conf?: Conf, port?: number): Promise<Running>;
  /** What a shell says when it connects to each URI: the first line that names the cause, empty when it is connected. */
  connectAll(shell: Shell, uris: readonly string[]): Promise<string[]>;
}

/** A certificate with its key, as paths. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** Settings of libvirtd.conf. */
export type Conf = Readonly<Record<string, string | number | readonly string[]>>;

/** Names of the server in its certificate. */
export const SERVER_NAMES = ['cn = localhost', 'dns_name = localhost', 'ip_address = 127.0.0.1', 'ip_address = ::1'];
/** The client that may come in. */
export const CLIENT_NAME = ['country = GB', 'organization = Acme', 'cn = client1'];

/** Makes the host; nothing runs on it yet. */
export async function tlsHost(): Promise<TlsHost> {
  const place = await startPlace();
  const made = `${place.directory}/made`;
  const [authority, other] = await Promise.all([testAuthority(made, 'Acme CA'), testAuthority(made, 'Other CA')]);
  const good = await authority.sign('client', [...CLIENT_NAME, ...clientTemplate]);
  const server = await authority.sign('server', [...SERVER_NAMES, ...serverTemplate]);
  const install = async ({ cert, key }: Certificate) => {
    await mkdir(`${place.pki}/CA`, { recursive: true });
    await mkdir(`${place.pki}/libvirt/private`, { recursive: true });
    await cp(authority.certificate, `${place.pki}/CA/cacert.pem`);
    await cp(cert, `${place.pki}/libvirt/servercert.pem`);
    await cp(key, `${place.pki}/libvirt/private/serverkey.pem`);
  };
  await install(server);
  await cp(good.cert, `${place.pki}/libvirt/clientcert.pem`);
  await cp(good.key, `${place.pki}/libvirt/private/clientkey.pem`);
  return {
    place,
    authority,
    other,
    install,
    folder: async (name, ca, files) => {
      const path = `${place.directory}/${name}`;
      await mkdir(path, { recursive: true });
      await cp(ca, `${path}/cacert.pem`);
      for (const [side, { cert, key }] of Object.entries(files)) {
        await cp(cert, `${path}/${side}cert.pem`);
        await cp(key, `${path}/${side}key.pem`);
      }
      return path;
    },
    serve: async (daemon, conf = {}, port = 16_514) => {
      const directory = `${place.directory}/${daemon}`;
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory, { recursive: true });
      const path = `${directory}/daemon.conf`;
      const always = { unix_sock_dir: directory, auth_unix_rw: 'none', auth_unix_ro: 'none', log_outputs: '3:stderr' };
      await writeFile(path, configText({ ...always, ...conf }));
      const program = daemon === 'libvirtd' ? ['libvirtd'] : programOf('daemon', fromEnvironment());
      const [command = '', ...first] = program;
      const running = place.start(command, [...first, '--listen', '--config', path, '--pid-file', `${directory}/pid`]);
      while (!(await place.listens(port)) && running.child.exitCode === null) await delay(10);
      return running;
    },
    connectAll: async (shell, uris) => {
      const program = shell === 'virsh' ? ['virsh'] : programOf('shell', fromEnvironment());
      const [command = '', ...first] = program;
      const input = uris.map((uri, at) => `connect ${uri}\nlist --name\necho --err MARK${at}\n`).join('');
      const { stderr } = await place.run(command, [...first, '-c', 'test:///default'], { input });
      let rest = stderr;
      return uris.map((_, at) => {
        const [said = '', ...after] = rest.split(`error: MARK${at}\n`);
        rest = after.join('');
        return /^error: (?!failed to connect)(.*)$/m.exec(said)?.[1] ?? '';
      });
    },
    [Symbol.asyncDispose]: () => place[Symbol.asyncDispose](),
  };
}

/** The errors in a daemon's log that have to do with TLS, without time and place. */
export function tlsErrors(daemon: Running): string[] {
  return [...daemon.stderr().matchAll(/: error : (?:\w+:\d+ : )?(.*(?:ertificate|TLS|Distinguished).*)$/gm)].map(
    ([, text = '']) => text,
  );
}
