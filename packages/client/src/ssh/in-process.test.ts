// Tests of ssh in this process against a server in this process: ways to get in, ways to the socket, sharing.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Channel, LibvirtError } from '@virtwire/rpc';
import ssh2, { type AuthContext, type Connection } from 'ssh2';
import { type CredentialCallback, credentialSource } from '../credentials.ts';
import { emptyAuthFile, parseAuthFile } from '../auth-file.ts';
import { libssh } from '../transport/libssh.ts';
import { libssh2 } from '../transport/libssh2.ts';
import type { DialTarget } from '../transport/transport.ts';
import { parseUri } from '../uri.ts';
import { readParameters } from '../uri-parameters.ts';
import { sshMethods } from './authentication.ts';

// Weak key derivation, so that the test does not wait for it.
const locked = { cipher: 'aes256-ctr', passphrase: 'battery staple', rounds: 1 } as const;
const keys = {
  host: ssh2.utils.generateKeyPairSync('ed25519'),
  plain: ssh2.utils.generateKeyPairSync('ed25519'),
  locked: ssh2.utils.generateKeyPairSync('ed25519', locked),
  other: ssh2.utils.generateKeyPairSync('ed25519'),
};

/** What the server allows; each test sets it. */
interface Rules {
  allowed: ('publickey' | 'password' | 'keyboard-interactive')[];
  directSockets: boolean;
  maxCommands: number;
  exitCode: number;
}

const rules: Rules = { allowed: [], directSockets: true, maxCommands: 10, exitCode: 0 };
const seen = { logins: 0, attempts: [] as string[], commands: [] as string[], sockets: [] as string[] };
let folder: string;
let port: number;
let server: InstanceType<typeof ssh2.Server>;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ssh-'));
  for (const name of ['plain', 'locked', 'other'] as const) await writeFile(join(folder, name), keys[name].private);
  await writeFile(join(folder, 'garbage'), 'this is no key');
  server = new ssh2.Server({ hostKeys: [keys.host.private] }, serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
after(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

function serve(connection: Connection): void {
  let commands = 0;
  connection.on('error', () => {});
  connection.on('authentication', (context) => {
    seen.attempts.push(context.method);
    if (rules.allowed.includes(context.method as 'password') && isRight(context)) context.accept();
    else if (context.method === 'keyboard-interactive' && rules.allowed.includes('keyboard-interactive')) {
      context.prompt(
        [
          { prompt: 'Token: ', echo: true },
          { prompt: 'Password:', echo: false },
        ],
        (answers) => {
          if (answers.join('|') === '42|correct horse') context.accept();
          else context.reject(rules.allowed);
        },
      );
    } else context.reject(rules.allowed);
  });
  connection.on('ready', () => {
    seen.logins++;
    connection.on('session', (accept, reject) => {
      if (++commands > rules.maxCommands) {
        reject();
        return;
      }
      accept().on('exec', (acceptExec, _rejectExec, { command }) => {
        seen.commands.push(command);
        const stream = acceptExec();
        stream.write('by command\n');
        stream.stderr.write('some trouble\n');
        stream.once('data', () => {
          stream.exit(rules.exitCode);
          stream.end();
        });
      });
    });
    connection.on(
      'openssh.streamlocal' as 'session',
      ((accept: () => NodeJS.WritableStream, reject: () => void, info: { socketPath: string }) => {
        if (!rules.directSockets) {
          reject();
          return;
        }
        seen.sockets.push(info.socketPath);
        accept().write('by socket\n');
      }) as never,
    );
  });
}

function isRight(context: AuthContext): boolean {
  if (context.method === 'password') return context.password === 'correct horse';
  if (context.method !== 'publickey') return false;
  const good = [keys.plain.public, keys.locked.public].map((text) => ssh2.utils.parseKey(text));
  return good.some((key) => !(key instanceof Error) && context.key.data.equals(key.getPublicSSH()));
}

interface Dialling {
  readonly flavour?: 'libssh' | 'libssh2';
  readonly rules?: Partial<Rules>;
  readonly answers?: readonly string[];
  readonly callback?: CredentialCallback | null;
  readonly authFile?: string;
  readonly verify?: string;
}

const asked: string[] = [];

/** Opens a channel with the parameters of a URI, and gives the first words that come over it. */
async function dial(
  parameters: string,
  options: Dialling = {},
): Promise<{ channel: Channel; words: string; end: Promise<LibvirtError | null> }> {
  const { flavour = 'libssh', answers = [], authFile } = options;
  Object.assign(rules, { allowed: ['publickey'], directSockets: true, maxCommands: 10, exitCode: 0 }, options.rules);
  const left = [...answers];
  const ask: CredentialCallback = (requests) =>
    requests.map(({ kind, prompt }) => {
      asked.push(`${kind}: ${prompt}`);
      return left.shift() ?? null;
    });
  const callback = options.callback === undefined ? ask : options.callback;
  const uri = parseUri(
    `qemu+${flavour}://root@127.0.0.1:${port}/system?known_hosts_verify=${options.verify ?? 'ignore'}&${parameters}`,
  );
  const target: DialTarget = {
    uri,
    parameters: readParameters(uri.parameters),
    mode: 'auto',
    readOnly: false,
    userSession: false,
    credentials: credentialSource(
      async () => (authFile === undefined ? emptyAuthFile : parseAuthFile(authFile, 'auth.conf')),
      callback,
    ),
    host: {
      env: { HOME: folder },
      uid: 0,
      runtimeFolder: folder,
      readConfig: () => Promise.reject(new Error('not asked for')),
      readAuthFile: () => Promise.reject(new Error('not asked for')),
      exists: async () => false,
    },
  };
  const channel = await (flavour === 'libssh' ? libssh : libssh2).dial(target, undefined);
  let heard!: (words: string) => void;
  const words = new Promise<string>((resolve) => {
    heard = resolve;
  });
  const end = new Promise<LibvirtError | null>((resolve) =>
    channel.open({ data: (chunk) => heard(Buffer.from(chunk).toString()), drain: () => {}, end: resolve }),
  );
  return { channel, words: await words, end };
}

async function gone({ channel, end }: { channel: Channel; end: Promise<unknown> }): Promise<void> {
  channel.close();
  await end;
}

function forget(): void {
  Object.assign(seen, { logins: 0, attempts: [], commands: [], sockets: [] });
  asked.length = 0;
}

const key = (name: string) => `keyfile=${join(folder, name)}`;

test('the socket is reached directly where the server does that', async () => {
  forget();

  const opened = await dial(key('plain'));
  await gone(opened);

  assert.equal(opened.words, 'by socket\n');
  assert.deepEqual(seen.sockets, ['/var/run/libvirt/libvirt-sock']);
  assert.deepEqual(seen.attempts, ['none', 'publickey', 'publickey']);
});

test('else by the command that libvirt would run', async () => {
  forget();

  const opened = await dial(key('plain'), { rules: { directSockets: false } });
  await gone(opened);

  assert.equal(opened.words, 'by command\n');
  assert.match(seen.commands[0] ?? '', /^sh -c 'which virt-ssh-helper /);
});

for (const [parameters, command] of [
  ['proxy=native', /^sh -c 'virt-ssh-helper 'qemu:\/\/\/system''$/],
  ['proxy=netcat', /^sh -c 'if 'nc' -q /],
  ['netcat=/opt/nc', /^sh -c 'if '\/opt\/nc' -q /],
] as const) {
  test(`${parameters} is taken at its word`, async () => {
    forget();

    await gone(await dial(`${key('plain')}&${parameters}`));

    assert.match(seen.commands[0] ?? '', command);
    assert.deepEqual(seen.sockets, []);
  });
}

test('a command that fails is told with its exit code, and what it said is the cause', async () => {
  for (const [flavour, domain] of [
    ['libssh', 'libssh transport error'],
    ['libssh2', 'SSH transport error'],
  ] as const) {
    const { channel, end } = await dial(`${key('plain')}&proxy=native`, { flavour, rules: { exitCode: 127 } });

    channel.write(Buffer.from('hello'));
    const reason = await end;

    assert.equal(reason?.message, `${domain}: Remote command terminated with non-zero code: 127`);
    assert.deepEqual(reason?.cause, {
      command: "sh -c 'virt-ssh-helper 'qemu:///system''",
      exitCode: 127,
      signal: null,
      stderr: 'some trouble',
    });
  }
});

test('a command that ends in order ends the channel in order', async () => {
  const { channel, end } = await dial(`${key('plain')}&proxy=native`);

  channel.write(Buffer.from('hello'));

  assert.equal(await end, null);
});

test('channels of one user share a connection, and the last one ends it', async () => {
  forget();
  const callback = () => null;

  const all = await Promise.all([1, 2, 3].map(() => dial(key('plain'), { callback })));
  const later = await dial(key('plain'), { callback });
  for (const each of [...all, later]) await gone(each);
  await gone(await dial(key('plain'), { callback }));

  assert.equal(seen.logins, 2);
});

test('users who are asked by different callbacks never share', async () => {
  forget();

  const one = await dial(key('plain'), { callback: () => null });
  const two = await dial(key('plain'), { callback: () => null });
  await gone(one);
  await gone(two);

  assert.equal(seen.logins, 2);
});

test('another connection is made when the server allows no more commands on one', async () => {
  forget();
  const callback = () => null;
  const options: Dialling = { callback, rules: { maxCommands: 1 } };

  const one = await dial(`${key('plain')}&proxy=native`, options);
  const two = await dial(`${key('plain')}&proxy=native`, options);
  await gone(one);
  await gone(two);

  assert.equal(seen.logins, 2);
  assert.equal(seen.commands.length, 2);
});

test('the ways of sshauth are gone in their order, those that the server does not have are left out', async () => {
  forget();

  await gone(
    await dial(`${key('other')}&sshauth=password,privkey,keyboard-interactive`, {
      answers: ['42', 'correct horse'],
      rules: { allowed: ['publickey', 'keyboard-interactive'] },
    }),
  );

  assert.deepEqual(seen.attempts, ['none', 'publickey', 'keyboard-interactive']);
  assert.deepEqual(asked, ['answer: Token', 'secret-answer: Password']);
});

test('a password is asked for again until it is right', async () => {
  forget();

  await gone(await dial('sshauth=password', { answers: ['wrong', 'correct horse'], rules: { allowed: ['password'] } }));

  const question = "password: Enter root's password for 127.0.0.1";
  assert.deepEqual(asked, [question, question]);
});

test('a password of auth.conf is taken without a question, and only once', async () => {
  forget();
  const file = (password: string) => `[credentials-c]\npassword=${password}\n[auth-ssh-127.0.0.1]\ncredentials=c\n`;
  const allowed: Rules['allowed'] = ['password'];

  await gone(await dial('sshauth=password', { authFile: file('correct horse'), rules: { allowed } }));
  await assert.rejects(dial('sshauth=password', { authFile: file('wrong'), rules: { allowed } }), {
    message:
      "libssh transport error: failed to authenticate: Access denied for 'password'. Authentication that can continue: password",
  });

  assert.deepEqual(asked, []);
});

test('the passphrase of a key is asked for', async () => {
  forget();

  await gone(await dial(`${key('locked')}&sshauth=privkey`, { answers: ['battery staple'] }));

  assert.deepEqual(asked, ['secret-answer: Passphrase']);
});

const refusals: readonly [what: string, parameters: string, options: Dialling, libssh: string, libssh2: string][] = [
  [
    'a key that is not known',
    'keyfile=FOLDER/other&sshauth=privkey',
    {},
    "libssh transport error: failed to authenticate: Access denied for 'publickey'. Authentication that can continue: publickey",
    "authentication failed: authentication with private key 'FOLDER/other' has failed: Username/PublicKey combination invalid",
  ],
  [
    'no way that the server has',
    'sshauth=password',
    {},
    'authentication failed: None of the requested authentication methods are supported by the server',
    'authentication failed: None of the requested authentication methods are supported by the server',
  ],
  [
    'several ways that all fail',
    'keyfile=FOLDER/other&sshauth=agent,privkey',
    {},
    'authentication failed: All provided authentication methods with credentials were rejected by the server',
    'authentication failed: All provided authentication methods with credentials were rejected by the server',
  ],
  [
    'a key file that is no key',
    'keyfile=FOLDER/garbage&sshauth=privkey',
    {},
    "authentication failed: error while reading private key 'FOLDER/garbage'",
    "authentication failed: authentication with private key 'FOLDER/garbage' has failed: Unable to open private key file",
  ],
  [
    'a wrong passphrase',
    'keyfile=FOLDER/locked&sshauth=privkey',
    { answers: ['wrong'] },
    "authentication failed: error while opening private key 'FOLDER/locked', wrong passphrase?",
    "authentication failed: authentication with private key 'FOLDER/locked' has failed: Unable to extract public key from private key file: Wrong passphrase or invalid/unrecognized private key file format",
  ],
  [
    'nobody to ask for the passphrase',
    'keyfile=FOLDER/locked&sshauth=privkey',
    { callback: null },
    "libssh transport error: No user interaction callback provided: Can't retrieve private key passphrase",
    "SSH transport error: No user interaction callback provided: Can't retrieve private key passphrase",
  ],
  [
    'nobody to ask for the password',
    'sshauth=password',
    { callback: null, rules: { allowed: ['password'] } },
    "libssh transport error: Can't perform authentication: Authentication callback not provided",
    "SSH transport error: Can't perform authentication: Authentication callback not provided",
  ],
  [
    'a password that is not given',
    'sshauth=password',
    { rules: { allowed: ['password'] } },
    'authentication failed: Password request failed',
    'authentication failed: Password request failed',
  ],
  [
    'answers that are not given',
    'sshauth=keyboard-interactive',
    { callback: () => null, rules: { allowed: ['keyboard-interactive'] } },
    'libssh transport error: failed to retrieve keyboard interactive result: callback has failed',
    'SSH transport error: failed to retrieve credentials',
  ],
  [
    'no key file',
    'sshauth=privkey',
    {},
    'libssh transport error: Key file path must be provided for private key authentication',
    'SSH transport error: Username and key file path must be provided for private key authentication',
  ],
  [
    'an unknown host key and nobody to ask',
    'keyfile=FOLDER/plain&known_hosts=FOLDER/none',
    { callback: null, verify: 'normal' },
    "libssh transport error: No user interaction callback provided: Can't verify the session host key",
    "SSH transport error: No user interaction callback provided: Can't verify the session host key",
  ],
];

for (const [what, parameters, options, ...messages] of refusals) {
  for (const [index, flavour] of (['libssh', 'libssh2'] as const).entries()) {
    test(`${flavour}: ${what} is told in libvirt's words`, async () => {
      const message = (messages[index] ?? '').replaceAll('FOLDER', folder);

      await assert.rejects(dial(parameters.replaceAll('FOLDER', folder), { flavour, ...options }), { message });
    });
  }
}

test('sshauth is a list of known words, whatever their case', () => {
  assert.deepEqual(sshMethods('Agent,,PRIVKEY,password'), ['agent', 'privkey', 'password']);
  assert.deepEqual(sshMethods(''), []);
  assert.throws(() => sshMethods('agent,foo'), { message: "invalid argument: Invalid authentication method: 'foo'" });
});

test('dialling is given up with the reason of the signal', async () => {
  const uri = parseUri(`qemu+libssh://root@127.0.0.1:${port}/system`);
  const reason = new Error('enough');
  const target = { uri, parameters: readParameters([]), mode: 'auto', readOnly: false, userSession: false } as const;
  const host = { env: { HOME: folder }, exists: async () => false } as unknown as DialTarget['host'];
  const credentials = credentialSource(async () => emptyAuthFile, null);

  await assert.rejects(libssh.dial({ ...target, host, credentials }, AbortSignal.abort(reason)), reason);
});

test('names in a URI bring no commands into those of ssh_config', async () => {
  const home = join(folder, 'careful');
  const mark = join(folder, 'ran');
  await mkdir(join(home, '.ssh'), { recursive: true });
  await writeFile(join(home, '.ssh', 'config'), 'Match exec "echo %n %r"\nProxyCommand echo %h %r\n');
  const host = { env: { HOME: home }, exists: async () => false } as unknown as DialTarget['host'];
  const credentials = credentialSource(async () => emptyAuthFile, null);
  const rest = { parameters: readParameters([]), mode: 'auto', readOnly: false, userSession: false } as const;
  const command = encodeURIComponent(`;touch ${mark};`);
  const dialTo = (place: string) =>
    libssh.dial({ ...rest, uri: parseUri(`qemu+libssh://${place}/system`), host, credentials }, undefined);

  await assert.rejects(dialTo(`host${command}`), /hostname contains invalid characters/);
  await assert.rejects(dialTo(`user${command}@host`), /remote username contains invalid characters/);
  await assert.rejects(access(mark), { code: 'ENOENT' });
});
