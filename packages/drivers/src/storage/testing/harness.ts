// A storage driver of its own for each test, with its files in a temporary directory; and both ends of its streams.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type CallContext, type Driver, remote } from '@virtwire/protocol';
import { type Args, type CallerStream, type LibvirtError, type Procedure, type Ret, streamPair } from '@virtwire/rpc';
import { storageDriver } from '../index.ts';

type Calls = { [K in keyof typeof remote as (typeof remote)[K] extends Procedure ? K : never]: (typeof remote)[K] };

/** A driver with its files. */
export interface StorageHarness {
  readonly root: string;
  readonly configDir: string;
  readonly stateDir: string;
  /** What the driver logged. */
  readonly log: string[];
  /** The driver of the latest {@link restart}. */
  driver: Driver;
  /** Makes a call. */
  call<K extends keyof Calls>(name: K, args: Args<Calls[K]>, context?: CallContext): Promise<Ret<Calls[K]>>;
  /** Begins a new driver on the same files, as a restarted daemon does. */
  restart(): Promise<void>;
}

/** Makes a driver that goes away with the test. */
export async function storageHarness(t: TestContext): Promise<StorageHarness> {
  const root = await mkdtemp(join(tmpdir(), 'virtwire-storage-'));
  t.after(() => rm(root, { recursive: true, force: true }));
  const log: string[] = [];
  const say = (message: string) => void log.push(message);
  const [configDir, stateDir] = [join(root, 'etc'), join(root, 'run')];
  const open = () =>
    storageDriver({ privileged: true, configDir, stateDir, log: { warn: say, error: say } }).open(
      'storage:///system',
      {},
    );
  const harness: StorageHarness = {
    root,
    configDir,
    stateDir,
    log,
    driver: await open(),
    call: async (name, args, context = {}) => harness.driver.call(remote[name] as Procedure, args, context),
    restart: async () => {
      harness.driver = await open();
    },
  };
  return harness;
}

/** XML of a pool. */
export function poolXml(name: string, path: string, uuid = ''): string {
  const id = uuid === '' ? '' : `<uuid>${uuid}</uuid>`;
  return `<pool type='dir'><name>${name}</name>${id}<target><path>${path}</path></target></pool>`;
}

/** XML of a volume that takes no space. */
export function volumeXml(name: string, capacity: number, format = 'raw'): string {
  const target = `<target><format type='${format}'/></target>`;
  return `<volume><name>${name}</name><capacity>${capacity}</capacity><allocation>0</allocation>${target}</volume>`;
}

/** What came down a stream: bytes, holes in their place, and how it ended. */
export interface Received {
  readonly pieces: (Uint8Array | bigint)[];
  readonly error: LibvirtError | null;
}

/** Takes all that a driver sends, then finishes. */
export function receiveAll(caller: CallerStream): Promise<Received> {
  const pieces: (Uint8Array | bigint)[] = [];
  return new Promise((resolve) => {
    caller.receive({
      data: (chunk) => void pieces.push(chunk),
      hole: (length) => void pieces.push(length),
      end: () => void caller.finish().then(() => resolve({ pieces, error: null })),
      fail: (error) => resolve({ pieces, error }),
    });
  });
}

/** The bytes that pieces stand for. */
export function bytesOf(pieces: readonly (Uint8Array | bigint)[]): Uint8Array {
  return Buffer.concat(pieces.map((piece) => (typeof piece === 'bigint' ? Buffer.alloc(Number(piece)) : piece)));
}

/** Makes a stream for a call. */
export function stream(): { caller: CallerStream; context: CallContext } {
  const { caller, driver } = streamPair();
  return { caller, context: { stream: driver } };
}

/** Sends pieces, waiting when asked to. */
export async function sendAll(caller: CallerStream, pieces: readonly (Uint8Array | bigint)[]): Promise<void> {
  for (const piece of pieces) {
    if (!(typeof piece === 'bigint' ? caller.hole(piece) : caller.write(piece))) await caller.drained();
  }
}
