// Lines of the log for the journal of systemd, in its own protocol: a datagram of fields.
import { datagramSender } from './datagram-sender.ts';
import { escapeControls, type LogRecord, type LogWriter, SYSLOG_FACILITY, syslogPriorities } from './record.ts';

/** The socket of the journal. */
export const JOURNAL_SOCKET = '/run/systemd/journal/socket';

/** Makes a writer; without a journal it is made, too, and each line throws. @see virLogOutputToJournald */
export function journaldWriter(path: string = JOURNAL_SOCKET): LogWriter {
  const sender = datagramSender(path);
  return {
    write(record) {
      const bytes = journalEntry(record);
      try {
        sender.send(bytes);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code !== 'EMSGSIZE' && code !== 'ENOBUFS') throw error;
        sender.sendAsFile(bytes);
      }
    },
    close: () => sender.close(),
  };
}

/** The fields that libvirtd sends, and the name that the journal would otherwise take from the program: node. */
function journalEntry({ level, part, text, place }: LogRecord): Uint8Array {
  const code = place();
  const fields: Readonly<Record<string, string | number>> = {
    // Its protocol keeps lines apart by itself, so that only what harms a terminal is taken out.
    MESSAGE: text.split('\n').map(escapeControls).join('\n'),
    PRIORITY: syslogPriorities[level],
    SYSLOG_FACILITY,
    SYSLOG_IDENTIFIER: 'virtwired',
    LIBVIRT_SOURCE: part,
    ...(code === null ? {} : { CODE_FILE: code.file, CODE_LINE: code.line, CODE_FUNC: code.function }),
  };
  return Buffer.concat(Object.entries(fields).map(([name, value]) => journalField(name, String(value))));
}

function journalField(name: string, value: string): Uint8Array {
  if (!value.includes('\n')) return Buffer.from(`${name}=${value}\n`);
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}
