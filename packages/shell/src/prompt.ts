// Asks the user for names and passwords, in the words and at the places that virsh uses.
import { closeSync, openSync, readSync } from 'node:fs';
import { ReadStream } from 'node:tty';
import type { CredentialCallback, CredentialRequest } from 'virtwire';
import type { Output } from './output.ts';

const STDIN = 0;
const MAX_ANSWER_BYTES = 65_536;

/** Reads what a user answers. */
export interface AnswerSource {
  /** Reads a line that may be seen; what ends before a line counts as empty. */
  visible(): string | Promise<string>;
  /** Reads a line that must not be seen. @returns null when the user has given up */
  hidden(): string | null | Promise<string | null>;
}

/**
 * Makes the callback that asks a person. What was answered is never shown again.
 *
 * @see virConnectAuthCallbackDefault
 */
export function askingUser(output: Output, source: AnswerSource = userAnswers(output)): CredentialCallback {
  return async (requests) => {
    const answers: string[] = [];
    for (const request of requests) {
      const answer = await ask(request, output, source);
      if (answer === null) return null;
      answers.push(answer);
    }
    return answers;
  };
}

function ask({ prompt, hidden }: CredentialRequest, output: Output, source: AnswerSource) {
  output.stdout(`${prompt}: `);
  return hidden ? source.hidden() : source.visible();
}

/** Answers from standard input; hidden ones from the terminal, whether standard input is one or not. */
export function userAnswers(output: Pick<Output, 'stdout'>): AnswerSource {
  return {
    visible: () => readLine(),
    hidden: () => {
      let terminal: number;
      try {
        terminal = openSync('/dev/tty', 'r');
      } catch {
        // As getpass does it without a terminal.
        return readLine();
      }
      return readHidden(terminal, output);
    },
  };
}

// Byte by byte, so that what follows the line is left to whoever reads next.
function readLine(): string {
  const bytes: number[] = [];
  const one = new Uint8Array(1);
  while (bytes.length < MAX_ANSWER_BYTES && readByte(one) && one[0] !== 0x0a) bytes.push(one[0] as number);
  return Buffer.from(bytes).toString('utf8');
}

function readByte(one: Uint8Array): boolean {
  for (;;) {
    try {
      return readSync(STDIN, one) === 1;
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      if (code === 'EOF') return false;
      if (code !== 'EAGAIN') throw thrown;
      // Somebody has made standard input non-blocking: wait a little, as a blocking read would.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}

const keys = {
  interrupt: '\u0003',
  end: '\u0004',
  backspace: ['\u0008', '\u007f'],
  kill: '\u0015',
  enter: ['\r', '\n'],
};

function readHidden(terminal: number, output: Pick<Output, 'stdout'>): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const stream = new ReadStream(terminal);
    const decoder = new TextDecoder();
    let answer: string[] = [];
    const finish = (result: string | null) => {
      stream.setRawMode(false);
      stream.destroy();
      output.stdout('\n');
      resolve(result);
    };
    stream.on('error', (error) => {
      closeQuietly(terminal);
      reject(error);
    });
    stream.on('data', (chunk: Uint8Array) => {
      for (const letter of decoder.decode(chunk, { stream: true })) {
        if (keys.enter.includes(letter) || (letter === keys.end && answer.length === 0)) {
          finish(answer.join(''));
          return;
        }
        if (letter === keys.interrupt) {
          finish(null);
          // In raw mode the terminal sends no signal: the program has to do to itself what it would have done.
          process.kill(process.pid, 'SIGINT');
          return;
        }
        if (keys.backspace.includes(letter)) answer.pop();
        else if (letter === keys.kill) answer = [];
        else if (answer.length < MAX_ANSWER_BYTES) answer.push(letter);
      }
    });
    stream.setRawMode(true);
  });
}

function closeQuietly(descriptor: number): void {
  try {
    closeSync(descriptor);
  } catch {
    // The stream has closed it.
  }
}
