// Lines of the log for syslog, as the C library sends them: a datagram in the form of RFC 3164 to /dev/log.
import { datagramSender } from './datagram-sender.ts';
import {
  escapeControls,
  levelNames,
  type LogRecord,
  type LogWriter,
  SYSLOG_FACILITY,
  syslogPriorities,
} from './record.ts';

const SYSLOG_SOCKET = '/dev/log';

/** What is left of a line that no datagram can hold. */
const CUT_BYTES = 8192;

/** Makes a writer; without a syslog daemon it is made, too, and each line throws. @param name stands in front of lines */
export function syslogWriter(name: string, path: string = SYSLOG_SOCKET): LogWriter {
  const sender = datagramSender(path);
  return {
    write(record) {
      const bytes = Buffer.from(syslogLine(name, record));
      try {
        sender.send(bytes);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EMSGSIZE') throw error;
        sender.send(Buffer.concat([bytes.subarray(0, CUT_BYTES), Buffer.from(' [cut]\n')]));
      }
    },
    close: () => sender.close(),
  };
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

// The time of this place without a zone, as the form wants it; then libvirt's own line without its time.
function syslogLine(name: string, { level, text, time }: LogRecord): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const day = String(time.getDate()).padStart(2, ' ');
  const clock = [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
  const priority = SYSLOG_FACILITY * 8 + syslogPriorities[level];
  const message = `${process.pid}: ${levelNames[level]} : ${escapeControls(text)}\n`;
  return `<${priority}>${months[time.getMonth()]} ${day} ${clock} ${name}: ${message}`;
}
