// A socket for datagrams in the file system, held by Python as Node has none: what syslog and the journal are for tests.
import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';

/** What arrived. */
export interface Datagram {
  readonly bytes: string;
  /** Content of the file that came along, null when none did. */
  readonly file: string | null;
  /** Seals of that file. */
  readonly seals: number;
}

/** Receives datagrams. */
export interface DatagramReceiver extends AsyncDisposable {
  /** Begins to receive; until then the queue fills. */
  start(): void;
  next(): Promise<Datagram>;
}

/** Why there can be no receiver; false when there can. */
export const noReceiver: string | false =
  process.platform !== 'linux' || spawnSync('python3', ['--version']).status !== 0 ? 'needs Linux and python3' : false;

const script = `
import array, fcntl, json, os, socket, sys
receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
receiver.bind(sys.argv[1])
print('{}', flush=True)
sys.stdin.readline()
while True:
    data, control, flags, address = receiver.recvmsg(1 << 20, 64)
    file, seals = None, 0
    for level, kind, value in control:
        fd = array.array('i', value)[0]
        seals = fcntl.fcntl(fd, 1034)
        file = os.pread(fd, os.fstat(fd).st_size, 0).decode('latin1')
        os.close(fd)
    print(json.dumps({'bytes': data.decode('latin1'), 'file': file, 'seals': seals}), flush=True)
`;

/** Makes a receiver at the path. */
export async function datagramReceiver(path: string): Promise<DatagramReceiver> {
  const child = spawn('python3', ['-c', script, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value as string) as Datagram;
  await next();
  return {
    start: () => void child.stdin.write('\n'),
    next,
    async [Symbol.asyncDispose]() {
      const ended = new Promise((resolve) => {
        child.once('exit', resolve);
      });
      child.kill();
      await ended;
    },
  };
}
