// start: starts a defined domain.
import { ErrorCode, LibvirtError } from 'virtwire';
import { command } from '../../command.ts';
import { flag, text } from '../../option.ts';
import { stoppedDomain } from '../../domain-option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findDomain } from '../../lookup.ts';
import { parseInteger } from '../../numbers.ts';

// virDomainCreateFlags
const CreateFlags = { Paused: 1, Autodestroy: 2, BypassCache: 4, ForceBoot: 8, ResetNvram: 32 } as const;

export const start = command({
  description: 'Starts a domain, from its saved state if there is one, else by booting it.',
  options: {
    domain: stoppedDomain,
    console: flag('connect to its console afterwards'),
    paused: flag('leave it suspended'),
    autodestroy: flag('stop it when this shell ends'),
    'bypass-cache': flag('read saved state past the file system cache'),
    'force-boot': flag('drop saved state and boot'),
    'pass-fds': text('numbers of file descriptors to hand over, N,M,...'),
    'reset-nvram': flag('make its NVRAM anew from the template'),
  },
  async run(shell, args) {
    const domain = await findDomain(shell, args.text('domain'), ['name', 'uuid']);
    if (domain.id !== -1) fail('Domain is already active');
    refusePassedFds(args.text('pass-fds'));
    let flags =
      (args.flag('paused') ? CreateFlags.Paused : 0) |
      (args.flag('autodestroy') ? CreateFlags.Autodestroy : 0) |
      (args.flag('bypass-cache') ? CreateFlags.BypassCache : 0) |
      (args.flag('reset-nvram') ? CreateFlags.ResetNvram : 0);
    let started = false;
    if (args.flag('force-boot')) {
      started = await domain.createWithFlags(flags | CreateFlags.ForceBoot).then(
        () => true,
        (thrown) => {
          if (!isUnsupported(thrown)) throw new CommandFailure(null, thrown);
          return false;
        },
      );
      // A server that does not know the flag is served by hand.
      if (!started && (await domain.hasManagedSaveImage().catch(() => false))) await domain.managedSaveRemove();
      flags &= ~CreateFlags.ForceBoot;
    }
    if (!started) {
      const call = flags === 0 ? domain.create() : domain.createWithFlags(flags);
      await attempt(call, `Failed to start domain '${domain.name}'`);
    }
    shell.extra(`Domain '${domain.name}' started\n`);
    if (args.flag('console')) refuseConsole();
  },
});

function isUnsupported(thrown: unknown): boolean {
  return (
    thrown instanceof LibvirtError && (thrown.code === ErrorCode.NoSupport || thrown.code === ErrorCode.InvalidArg)
  );
}

/** Fails when file descriptors were to be handed over: a JavaScript program cannot send them. */
export function refusePassedFds(list: string | undefined): void {
  if (list === undefined) return;
  for (const item of list.split(',')) {
    const fd = parseInteger(item);
    if (fd === null || fd < 0n) fail(`Unable to parse FD number '${item}'`);
  }
  fail('--pass-fds is not built into virtwire yet');
}

/** Fails where the console would be opened. */
export function refuseConsole(): never {
  if (!process.stdin.isTTY) fail('Cannot run interactive console without a controlling TTY');
  fail('the console is not built into virtwire yet');
}
