// Users and groups that exist in a mount namespace only, and running something as one of them.
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { NAMESPACE_OPTIONS } from './isolated.ts';
import type { TemporaryDirectory } from './temporary.ts';
import { temporaryDirectory } from './temporary.ts';

/** A user of a test. */
export interface TestUser {
  readonly name: string;
  readonly uid: number;
  /** Groups that it belongs to besides its own. */
  readonly groups?: readonly string[];
}

/** Users that programs in a namespace know. */
export interface TestUsers extends AsyncDisposable {
  /** Wraps a command so that it sees the users; for use inside a mount namespace of the superuser. */
  readonly inside: (command: readonly string[]) => string[];
  /** Wraps a command so that it runs as one of the users. */
  readonly as: (name: string, command: readonly string[]) => [string, ...string[]];
}

/** First id of the groups that the users share. */
const FIRST_GROUP = 71_000;

/** Makes users, besides those of the machine. */
export async function testUsers(users: readonly TestUser[]): Promise<TestUsers> {
  const directory: TemporaryDirectory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  const groups = [...new Set(users.flatMap((user) => user.groups ?? []))];
  const [passwd, group] = await Promise.all([readFile('/etc/passwd', 'utf8'), readFile('/etc/group', 'utf8')]);
  // A group of the machine with such a name stands aside.
  const others = group.split('\n').filter((line) => line !== '' && !groups.includes(line.split(':')[0] ?? ''));
  const members = (name: string) => users.filter((user) => user.groups?.includes(name)).map((user) => user.name);
  const passwdFile = `${directory.path}/passwd`;
  const groupFile = `${directory.path}/group`;
  await writeFile(
    passwdFile,
    passwd + users.map(({ name, uid }) => `${name}:x:${uid}:${uid}::/nonexistent:/bin/sh\n`).join(''),
  );
  await writeFile(
    groupFile,
    [
      ...others,
      ...users.map(({ name, uid }) => `${name}:x:${uid}:`),
      ...groups.map((name, index) => `${name}:x:${FIRST_GROUP + index}:${members(name).join(',')}`),
    ]
      .map((line) => `${line}\n`)
      .join(''),
  );
  const inside = (command: readonly string[]) => [
    'sh',
    '-ec',
    'mount --bind "$1" /etc/passwd; mount --bind "$2" /etc/group; shift 2; exec "$@"',
    'sh',
    passwdFile,
    groupFile,
    ...command,
  ];
  return {
    inside,
    as: (name, command) => {
      const user = users.find((other) => other.name === name);
      if (user === undefined) throw new Error(`no such user of the test: ${name}`);
      const ids = (user.groups ?? []).map((other) => FIRST_GROUP + groups.indexOf(other));
      const extra = ids.length === 0 ? ['--clear-groups'] : [`--groups=${ids.join(',')}`];
      const switched = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.uid}`, ...extra, '--', ...command];
      return ['unshare', ...NAMESPACE_OPTIONS, ...inside(switched)];
    },
    [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose](),
  };
}
