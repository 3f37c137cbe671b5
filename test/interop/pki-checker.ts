// Runs `virtwire-pki` in one process again and again: each line of its input is a command line as JSON, each of its output an answer.
import { createInterface } from 'node:readline';
import { main } from '@virtwire/pki';

for await (const line of createInterface({ input: process.stdin })) {
  let stdout = '';
  let stderr = '';
  const terminal = {
    stdout: (text: string) => void (stdout += text),
    stderr: (text: string) => void (stderr += text),
    askSecret: null,
  };
  const code = await main(JSON.parse(line) as string[], process.env, terminal);
  process.stdout.write(`${JSON.stringify({ code, stdout, stderr })}\n`);
}
