// secret-set-value and secret-get-value: the value of a secret, in Base64 unless it is to be plain.
import { readFile } from 'node:fs/promises';
import { command } from '../../command.ts';
import { attempt, fail } from '../../failure.ts';
import { flag, text } from '../../option.ts';
import { systemErrorText } from '../../system-error.ts';
import { findSecret, secretOption } from './find-secret.ts';

export const secretGetValue = command({
  description: 'Prints the value of the secret, in Base64.',
  options: { secret: secretOption, plain: flag('print it as it is') },
  async run(shell, args) {
    const secret = await findSecret(shell, args.text('secret'));
    const value = await attempt(secret.getValue(), null);
    if (args.flag('plain')) shell.stdout(value);
    else shell.print(Buffer.from(value).toString('base64'));
  },
});

// What the wire takes; Base64 is longer than what it stands for.
const MAX_VALUE_BYTES = 65_536;

export const secretSetValue = command({
  description: 'Sets the value of the secret: from a file, from the terminal, or as it is given.',
  options: {
    secret: secretOption,
    file: text('file with the value', { named: true }),
    plain: flag('the file holds the value as it is, not in Base64'),
    interactive: flag('ask for the value on the terminal'),
    base64: text('the value in Base64; other programs of the host can see it'),
  },
  async run(shell, args) {
    args.exclusive('file', 'base64');
    args.exclusive('plain', 'base64');
    args.exclusive('interactive', 'base64');
    args.exclusive('interactive', 'plain');
    args.exclusive('interactive', 'file');
    const base64 = args.text('base64');
    const file = args.text('file');
    const secret = await findSecret(shell, args.text('secret'));
    if (base64 === undefined && file === undefined && !args.flag('interactive')) {
      fail('Input secret value is missing');
    }
    if (base64 !== undefined) {
      // As virsh says it, after it has taken the value.
      shell.error('Passing secret value as command-line argument is insecure!');
    }
    let value: Uint8Array;
    if (args.flag('interactive')) {
      const { userAnswers } = await import('../../prompt.ts');
      shell.print('Enter new value for secret: ');
      const typed = await userAnswers(shell).hidden();
      if (typed === null) fail('Failed to read secret');
      value = new TextEncoder().encode(typed);
    } else {
      const content = file === undefined ? null : await readValueFile(file);
      value =
        content !== null && args.flag('plain')
          ? content
          : decodeBase64(base64 ?? new TextDecoder().decode(content ?? new Uint8Array()));
    }
    await attempt(secret.setValue(value), 'Failed to set secret value');
    shell.extra('Secret value set\n');
  },
});

async function readValueFile(path: string): Promise<Uint8Array> {
  const content = await readFile(path).catch((thrown) =>
    fail(`Failed to open file '${path}': ${systemErrorText(thrown)}`),
  );
  if (content.length > MAX_VALUE_BYTES * 2)
    fail(`Failed to read file '${path}': Value too large for defined data type`);
  return content;
}

// g_base64_decode passes over what is no letter of Base64.
function decodeBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'base64'));
}
