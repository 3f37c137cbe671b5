// vol-upload: writes a file into a volume.
import { type FileHandle, open } from 'node:fs/promises';
import type { Upload } from 'virtwire';
import { command } from '../../command.ts';
import { flag, number, word } from '../../option.ts';
import { attempt, CommandFailure, fail } from '../../failure.ts';
import { findVolume } from '../../lookup.ts';
import { anyVolume, volumePool } from '../../volume-option.ts';
import { fileChunks } from './file-chunks.ts';

export const volUpload = command({
  description: 'Writes a file into the volume.',
  options: {
    vol: anyVolume,
    file: word('file to read'),
    pool: volumePool,
    offset: number('first byte of the volume to write'),
    length: number('bytes to write at most'),
    sparse: flag('send runs of zeros as holes'),
  },
  async run(shell, args) {
    const offset = args.ulong('offset') ?? 0n;
    const length = args.ulongWrapped('length') ?? 0n;
    const vol = args.text('vol');
    const volume = await findVolume(shell, { vol, pool: args.text('pool'), poolOption: 'pool' });
    const path = args.text('file');
    const sparse = args.flag('sparse');
    const file = await open(path, 'r').catch(() => fail(`cannot read ${path}`));
    try {
      const upload = await attempt(volume.openUpload({ offset, length, sparse }), `cannot upload to volume ${vol}`);
      await attempt(sendFile(upload, file, sparse), `cannot send data to volume ${vol}`).catch((thrown) => {
        upload.abort();
        throw thrown;
      });
      await attempt(upload.finish(), `cannot close volume ${vol}`);
    } finally {
      await file.close();
    }
  },
});

async function sendFile(upload: Upload, file: FileHandle, sparse: boolean): Promise<void> {
  const { Hole } = await import('virtwire');
  for await (const chunk of fileChunks(file, sparse)) {
    try {
      await upload.write(typeof chunk === 'bigint' ? new Hole(chunk) : chunk);
    } catch (thrown) {
      throw thrown instanceof CommandFailure ? thrown.cause : thrown;
    }
  }
}
