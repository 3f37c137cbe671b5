// Where the shell writes: standard output and standard error, at once and in order, as C's stdio does for virsh.
import { writeSync } from 'node:fs';

/** The two places to write to. */
export interface Output {
  stdout(text: string | Uint8Array): void;
  stderr(text: string): void;
}

/** Output of this process. When a reader of it is gone, the process ends quietly, as by SIGPIPE. */
export const processOutput: Output = {
  stdout: (text) => writeAll(1, text),
  stderr: (text) => writeAll(2, text),
};

function writeAll(fd: number, text: string | Uint8Array): void {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(141);
      if (code !== 'EAGAIN') throw thrown;
      // A pipe that somebody made non-blocking is full: wait a little, as a blocking write would.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
}

/** Output that is kept, for tests and for whoever runs the shell inside a program. */
export class KeptOutput implements Output {
  out = '';
  err = '';

  stdout(text: string | Uint8Array): void {
    this.out += typeof text === 'string' ? text : new TextDecoder().decode(text);
  }

  stderr(text: string): void {
    this.err += text;
  }
}
