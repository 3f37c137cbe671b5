// Either shell on either daemon over either transport: what must come out the same as virsh on libvirtd.
import assert from 'node:assert/strict';
import {
  type Finished,
  SHELLS,
  type Shell,
  type StartedDaemon,
  shell,
  startLibvirtd,
  startVirtwired,
} from '../launcher/index.ts';

/** What the pairings need. */
export const PEERS = { libvirt: '9.0', isolation: true } as const;

/** Both daemons, each on its own. */
export interface BothDaemons extends AsyncDisposable {
  readonly libvirtd: StartedDaemon;
  readonly virtwired: StartedDaemon;
}

/** Starts real libvirtd and virtwired. */
export async function startBoth(): Promise<BothDaemons> {
  await using stack = new AsyncDisposableStack();
  const libvirtd = stack.use(await startLibvirtd());
  const virtwired = stack.use(await startVirtwired());
  const owned = stack.move();
  return { libvirtd, virtwired, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** One way to run a command. */
export interface Pairing {
  /** E.g. `virsh on virtwired over tcp`. */
  readonly name: string;
  readonly shell: Shell;
  readonly daemon: StartedDaemon;
  readonly uri: string;
}

/** All pairings over the given transports; virsh on libvirtd comes first. */
export function pairings(
  both: BothDaemons,
  driver: string,
  path: string,
  transports: readonly ('unix' | 'tcp')[] = ['unix', 'tcp'],
): Pairing[] {
  return transports.flatMap((transport) =>
    [both.libvirtd, both.virtwired].flatMap((daemon) =>
      SHELLS.map((which) => ({
        name: `${which} on ${daemon.name} over ${transport}`,
        shell: which,
        daemon,
        uri: daemon.uri(transport, driver, path),
      })),
    ),
  );
}

/** Output and exit code, with what differs between two runs of virsh itself taken out. */
export type Outcome = Pick<Finished, 'stdout' | 'stderr' | 'code'>;

/**
 * Runs the same words in every pairing and asserts that all outcomes equal the first one's.
 *
 * @param blank finds what may differ: times, paths of this pairing
 * @returns the outcome that all of them had
 */
export async function sameEverywhere(
  all: readonly Pairing[],
  words: (pairing: Pairing) => readonly string[],
  blank: (text: string, pairing: Pairing) => string = (text) => text,
): Promise<Outcome> {
  // The state of a test driver is one for all connections of its daemon: there, one run after the other.
  const outcomes = new Map<Pairing, Outcome>();
  await Promise.all(
    [...Map.groupBy(all, ({ daemon }) => daemon).values()].map(async (ofDaemon) => {
      for (const pairing of ofDaemon) {
        const { stdout, stderr, code } = await shell(pairing.shell, words(pairing), { uri: pairing.uri });
        outcomes.set(pairing, { stdout: blank(stdout, pairing), stderr: blank(stderr, pairing), code });
      }
    }),
  );
  const [first = assert.fail('no pairing')] = all;
  const expected = outcomes.get(first) ?? assert.fail('no outcome');
  for (const [pairing, actual] of outcomes) {
    assert.deepEqual(actual, expected, `${pairing.name} differs from ${first.name}`);
  }
  return expected;
}
