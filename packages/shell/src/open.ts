// Opens connections for the shell: through the client library, and test:/// URIs inside this process.
import { type ConnectOptions, connect, ErrorCode, LibvirtError } from 'virtwire';
import type { Opener } from './context.ts';
import { CommandFailure } from './failure.ts';
import { type Output, processOutput } from './output.ts';
import { openWithPolkit } from './polkit-retry.ts';

type LocalDriver = NonNullable<ConnectOptions['drivers']>[number];

let loaded: Promise<LocalDriver> | undefined;

// The scheme is known here, so that the driver itself is loaded only when such a URI is opened.
const localTest: LocalDriver = {
  scheme: 'test',
  open: async (uri, context) => {
    loaded ??= import('./local-test-driver.ts').then(({ makeTestDriver }) => makeTestDriver());
    return (await loaded).open(uri, context);
  },
};

/** Says how the shell opens connections: local drivers, and questions to the user. @param output where it asks */
export async function connectOptions(readOnly: boolean, output: Output = processOutput): Promise<ConnectOptions> {
  const { gate } = readOnly ? await import('@virtwire/drivers') : { gate: undefined };
  return {
    readOnly,
    drivers: [localTest],
    ...(gate === undefined ? undefined : { gate }),
    credentials: async (...question) => (await import('./prompt.ts')).askingUser(output)(...question),
  };
}

/** Opens a connection as the user asked. */
export const openConnection: Opener = async (uri, options) => {
  const { readOnly, keepaliveInterval, keepaliveCount } = options;
  const how: ConnectOptions = {
    ...(await connectOptions(readOnly)),
    keepalive: keepaliveInterval === 0 ? false : { intervalS: keepaliveInterval, count: keepaliveCount },
  };
  const connection = await openWithPolkit({
    readOnly,
    open: (beforePolkit) => connect(uri, { ...how, beforePolkit }),
    startAgent: async () => (await import('./polkit-agent.ts')).startPolkitAgent(),
  });
  if (options.keepaliveForced && keepaliveInterval > 0 && !connection.watched) {
    await connection.close();
    throw new CommandFailure(
      'Cannot setup keepalive on connection as requested, disconnecting',
      new LibvirtError(ErrorCode.NoSupport, 'virConnectSetKeepAlive'),
    );
  }
  return connection;
};
