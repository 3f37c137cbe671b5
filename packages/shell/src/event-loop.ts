// Waits for events and prints them: what all the event commands share.
import type { EventStream } from 'virtwire';
import { flag, number } from './option.ts';
import type { Shell } from './context.ts';
import { CommandFailure, fail } from './failure.ts';
import { timestamp } from './format.ts';

/** The options of event commands that are the same everywhere. */
export const eventOptions = {
  loop: flag('go on after the first event, until the time is over or Ctrl-C'),
  timeout: number('seconds to wait at most'),
  list: flag('print the names of events'),
  timestamp: flag('print the time before each event'),
};

/** One kind of event that is waited for. */
export interface EventSource<T = unknown> {
  subscribe(signal: AbortSignal): EventStream<T>;
  /** Gives the lines to print, each ended. */
  text(event: T): string;
}

/** Makes a source whose parts fit together. */
export function eventSource<T>(source: EventSource<T>): EventSource {
  return source;
}

interface KindArguments {
  flag(name: 'list'): boolean;
  text(name: 'event'): string | undefined;
}

/**
 * Gives the kind of event that was asked for.
 *
 * @returns null when the names of all were asked for, which are printed then
 * @throws CommandFailure when none is named, or one that there is not
 */
export function chosenKind<K>(shell: Shell, args: KindArguments, kinds: Readonly<Record<string, K>>): K | null {
  if (args.flag('list')) {
    for (const name of Object.keys(kinds)) shell.print(`${name}\n`);
    return null;
  }
  const name = args.text('event');
  if (name === undefined) fail('either --list or --event <type> is required');
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
  if (kind === undefined) fail(`unknown event type ${name}`);
  return kind;
}

/** How long to wait. */
export interface EventWait {
  readonly loop: boolean;
  readonly timestamp: boolean;
  /** Milliseconds, undefined for no limit. */
  readonly timeoutMs: number | undefined;
}

interface EventArguments {
  flag(name: 'loop' | 'timestamp'): boolean;
  int(name: 'timeout'): number | undefined;
  given(name: string): string | undefined;
}

/** Reads the options that say how long to wait. */
export function eventWait(args: EventArguments): EventWait {
  const timeout = args.int('timeout');
  if (timeout !== undefined && (timeout < 1 || timeout > 2147483)) {
    fail(`Numeric value '${args.given('timeout')}' for <timeout> option is malformed or out of range`);
  }
  return {
    loop: args.flag('loop'),
    timestamp: args.flag('timestamp'),
    timeoutMs: timeout === undefined ? undefined : timeout * 1000,
  };
}

/**
 * Prints events until the first one, the time limit, or an interrupt.
 *
 * @throws CommandFailure when there was none, or the registration failed
 */
export async function waitForEvents(shell: Shell, sources: readonly EventSource[], wait: EventWait): Promise<void> {
  const stop = new AbortController();
  let received = 0;
  const ended: { how: 'done' | 'timeout' | 'interrupt' } = { how: 'done' };
  const finish = (how: typeof ended.how) => {
    if (stop.signal.aborted) return;
    ended.how = how;
    stop.abort();
  };
  const streams = sources.map((source) => source.subscribe(stop.signal));
  const release = shell.onInterrupt(() => finish('interrupt'));
  // Without a limit the timer only keeps the process: a driver inside it holds nothing that would.
  const timer =
    wait.timeoutMs === undefined ? setInterval(() => {}, 2 ** 30) : setTimeout(() => finish('timeout'), wait.timeoutMs);
  try {
    // A server older than an event refuses it; that matters only when nothing else could be registered.
    const [first, ...rest] = streams.map(({ ready }) => ready);
    try {
      await first;
    } catch (thrown) {
      throw new CommandFailure(null, thrown);
    }
    const usable = (await Promise.allSettled(rest)).flatMap(({ status }, index) =>
      status === 'fulfilled' ? [index + 1] : [],
    );
    await Promise.all(
      [0, ...usable].map(async (index) => {
        const stream = streams[index];
        const source = sources[index];
        if (stream === undefined || source === undefined) return;
        for await (const event of stream) {
          if (!wait.loop && received > 0) return;
          received += 1;
          const text = source.text(event);
          shell.print(wait.timestamp ? `${timestamp(new Date())}: ${text}` : text);
          if (!wait.loop) finish('done');
        }
      }),
    ).catch((thrown) => {
      throw new CommandFailure(null, thrown);
    });
  } finally {
    stop.abort();
    clearInterval(timer);
    release();
  }
  if (ended.how === 'interrupt') shell.print('event loop interrupted\n');
  if (ended.how === 'timeout') shell.print('event loop timed out\n');
  shell.print(`events received: ${received}\n`);
  if (received === 0) throw new CommandFailure(null);
}
