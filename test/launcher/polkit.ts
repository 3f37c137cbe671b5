// A real system bus with a real polkitd on it, cut off from the machine's own, with rules of the test.
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { NAMESPACE_OPTIONS } from './isolated.ts';
import { run, start } from './process.ts';
import { temporaryDirectory } from './temporary.ts';
import type { TestUsers } from './users.ts';

/** A polkit for one test. */
export interface StartedPolkit extends AsyncDisposable {
  /** What a daemon needs in its environment to find this bus instead of the machine's. */
  readonly env: Readonly<Record<string, string>>;
  /** Replaces the rules; polkit reads them again by itself. */
  stop(): Promise<void>;
}

const BUS_CONFIG = (address: string) => `<!DOCTYPE busconfig PUBLIC
 "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>${address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
  </policy>
</busconfig>
`;

// polkitd reads rules in two places; the machine's own must not speak in a test, but for libvirt's.
const ENTER = `
mount -t tmpfs tmpfs /run
mount --bind "$1/rules" /etc/polkit-1/rules.d
shift
exec "$@"
`;

/**
 * Starts a bus and polkitd.
 *
 * @param rules text in polkit's language, read before all others
 * @param users whom polkit knows
 */
export async function startPolkit(rules: string, users: TestUsers): Promise<StartedPolkit> {
  const directory = await temporaryDirectory();
  await chmod(directory.path, 0o755);
  await mkdir(`${directory.path}/rules`);
  await writeFile(`${directory.path}/rules/00-test.rules`, rules);
  const address = `unix:path=${directory.path}/bus`;
  await writeFile(`${directory.path}/bus.conf`, BUS_CONFIG(address));
  const env = { DBUS_SYSTEM_BUS_ADDRESS: address };
  const enter = (command: readonly string[]) =>
    start('unshare', [...NAMESPACE_OPTIONS, 'sh', '-ec', ENTER, 'sh', directory.path, ...users.inside(command)], {
      env,
    });
  // It talks to nobody whom it does not know.
  const command = ['dbus-daemon', `--config-file=${directory.path}/bus.conf`, '--nofork', '--print-address'];
  const bus = start('unshare', [...NAMESPACE_OPTIONS, ...users.inside(command)]);
  try {
    await bus.output((text) => text.includes('\n'));
    const polkit = enter(['/usr/lib/polkit-1/polkitd', '--no-debug']);
    const stop = async () => {
      await polkit[Symbol.asyncDispose]();
      await bus[Symbol.asyncDispose]();
    };
    try {
      await owned(
        env,
        () => polkit.child.exitCode !== null,
        () => polkit.stdout() + polkit.stderr(),
      );
    } catch (error) {
      await stop();
      throw error;
    }
    return {
      env,
      stop,
      [Symbol.asyncDispose]: async () => {
        await stop();
        await directory[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await bus[Symbol.asyncDispose]();
    await directory[Symbol.asyncDispose]();
    throw error;
  }
}

async function owned(env: Record<string, string>, ended: () => boolean, written: () => string): Promise<void> {
  const question = [
    '--system',
    '--print-reply',
    '--dest=org.freedesktop.DBus',
    '/',
    'org.freedesktop.DBus.GetNameOwner',
    'string:org.freedesktop.PolicyKit1',
  ];
  const deadline = performance.now() + 30_000;
  while ((await run('dbus-send', question, { env })).code !== 0) {
    if (ended() || performance.now() > deadline) throw new Error(`polkitd does not answer\n${written()}`);
    await delay(20);
  }
}
