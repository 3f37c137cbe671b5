// vol-download: writes the data of a volume to a file.
import { type FileHandle, open, rm } from 'node:fs/promises';
import type { Chunk } from 'virtwire';
import { command } from '../../command.ts';
import { flag, number, word } from '../../option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';

export const volDownload = command({
  description: 'Writes the data of the volume to a file.',
  options: {
    vol: anyVolume,
    file: word('file to write'),
    pool: volumePool,
    offset: number('first byte of the volume to read'),
    length: number('bytes to read at most'),
    sparse: flag('receive runs of zeros as holes'),
  },
  async run(shell, args) {
    const offset = args.ulong('offset') ?? 0n;
    const length = args.ulongWrapped('length') ?? 0n;
    const vol = args.text('vol');
    const volume = await findVolume(shell, { vol, pool: args.text('pool'), poolOption: 'pool' });
    const path = args.text('file');
    const { file, created } = await openTarget(path);
    let done = false;
    try {
      const download = await attempt(
        volume.download({ offset, length, sparse: args.flag('sparse') }),
        `cannot download from volume ${vol}`,
      );
      try {
        await receiveFile(download, file);
        await download.finished;
      } catch (thrown) {
        download.abort();
        throw new CommandFailure(`cannot receive data from volume ${vol}`, thrown);
      }
      done = true;
    } finally {
      await file.close();
      // Half a volume under its name would pass for a whole one.
      if (!done && created) await rm(path, { force: true });
    }
  },
});

async function openTarget(path: string): Promise<{ readonly file: FileHandle; readonly created: boolean }> {
  try {
    return { file: await open(path, 'wx', 0o666), created: true };
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST') fail(`cannot create ${path}`);
  }
  // Unlike 'w', this does not create a file that has vanished meanwhile.
  const file = await open(path, 'r+')
    .catch(() => open(path, 'w'))
    .catch(() => fail(`cannot create ${path}`));
  // A pipe or a device cannot be cut, and need not be.
  await file.truncate(0).catch(() => {});
  return { file, created: false };
}

// Written together, small chunks cost one system call instead of many.
const GATHER_BYTES = 1024 * 1024;

async function receiveFile(chunks: AsyncIterable<Chunk>, file: FileHandle): Promise<void> {
  let gathered: Uint8Array[] = [];
  let bytes = 0;
  let position = 0;
  let endsWithHole = false;
  const seekable = (await file.stat()).isFile();
  const flush = async () => {
    const parts = gathered;
    gathered = [];
    bytes = 0;
    for (const part of parts) {
      // writev may write less than all; the rest of a chunk follows by itself.
      for (let at = 0; at < part.length; ) {
        const { bytesWritten } = await file.write(part, at, part.length - at, seekable ? position : null);
        at += bytesWritten;
        position += bytesWritten;
      }
    }
  };
  for await (const chunk of chunks) {
    if (chunk instanceof Uint8Array) {
      gathered.push(chunk);
      bytes += chunk.length;
      endsWithHole = false;
      if (bytes >= GATHER_BYTES) await flush();
    } else {
      await flush();
      position += Number(chunk.length);
      endsWithHole = true;
    }
  }
  await flush();
  if (endsWithHole) await file.truncate(position);
}
