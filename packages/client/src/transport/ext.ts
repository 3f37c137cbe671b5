// A program of the user's that makes the connection by itself: its standard input and output carry the bytes.
import { ErrorCode, ErrorDomain, LibvirtError } from '@virtwire/rpc';
import { processChannel } from '@virtwire/rpc/node';
import type { Transport } from './transport.ts';

/** The transport over any program. */
export const ext: Transport = {
  name: 'ext',
  encrypted: false,
  // Nobody knows what the program does with the bytes.
  secure: false,
  dial: async ({ parameters, host, note }, signal) => {
    const { command } = parameters;
    if (command === null) {
      throw new LibvirtError(ErrorCode.InvalidArg, "remote_open: for 'ext' transport, command is required", {
        domain: ErrorDomain.Remote,
      });
    }
    note?.({ command });
    return processChannel({ program: command, args: [], env: host.env, leavesUnread: () => true }, signal);
  },
};
