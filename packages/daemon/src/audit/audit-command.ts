// `virtwired audit verify`: says whether an audit log is whole.
import { systemErrorText } from '@virtwire/rpc/node';
import { CHAIN_START } from './chain.ts';
import { type Verification, verifyAuditLog } from './verify.ts';

const USAGE = `Usage: virtwired audit verify FILE...

Checks that no record was changed, left out or put in. Give several files, oldest first, when the
log was moved away and went on in a new file. That its end was cut off shows only in the last number
and hash: note them elsewhere, and compare.
Exit code 0: whole, 1: not whole, 2: the file cannot be read.

  virtwired audit verify /var/log/libvirt/virtwired-audit.log.1 /var/log/libvirt/virtwired-audit.log

The log is written when libvirtd.conf has audit_file = "FILE": one line of JSON for each attempt to
log in, for each call that was denied, and two for each call that changes something, before it is
made and with what came of it. To rotate it, rename FILE and send SIGHUP.
`;

/** Where the command writes. */
export interface AuditStreams {
  readonly output: { write(text: string): unknown };
  readonly error: { write(text: string): unknown };
}

/** Runs the command. @param args what stands behind `audit`. @returns the exit code */
export async function auditCommand(
  args: readonly string[],
  streams: AuditStreams = { output: process.stdout, error: process.stderr },
): Promise<number> {
  const [action, ...files] = args;
  if (action === '--help' || action === '-h') {
    streams.output.write(USAGE);
    return 0;
  }
  if (action !== 'verify' || files.length === 0) {
    streams.error.write(USAGE);
    return 2;
  }
  let before: Verification['last'] = null;
  let whole = true;
  for (const file of files) {
    let found: Verification;
    try {
      found = await verifyAuditLog(file, before);
    } catch (error) {
      streams.error.write(`virtwired: ${file}: ${systemErrorText(error as NodeJS.ErrnoException)}\n`);
      return 2;
    }
    for (const { line, text } of found.faults) streams.error.write(`${file}:${line}: ${text}\n`);
    if (found.faults.length > 0) whole = false;
    else streams.output.write(summary(file, found, before !== null));
    before = found.last ?? before;
  }
  return whole ? 0 : 1;
}

function summary(file: string, { records, begins, torn, last }: Verification, continued: boolean): string {
  const start =
    continued || begins === null || begins === CHAIN_START ? '' : `, continues a file that ended with ${begins}`;
  const broken = torn.length === 0 ? '' : `, ${torn.length} lines cut off when a daemon was stopped`;
  const end = last === null ? '' : `, last is number ${last.seq} of ${last.time} with hash ${last.hash}`;
  return `${file}: ${records} records, none changed${start}${broken}${end}\n`;
}
