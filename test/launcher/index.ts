// Everything that a test across packages starts, runs or waits for.
export {
  type ClientOptions,
  python,
  SHELLS,
  type Shell,
  shell,
  startShell,
  virsh,
  virtwire,
} from './clients.ts';
export { configText, freePort, type StartedDaemon } from './daemon.ts';
export { descriptorsOf, noLeaks, settles } from './leaks.ts';
export { type DaemonOptions, startLibvirtd } from './libvirtd.ts';
export { type Finished, type Running, type RunOptions, run, start } from './process.ts';
export { type Recorder, startRecorder } from './recorder.ts';
export { type Requirements, requires } from './requires.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary.ts';
export { startVirtwired, type VirtwiredOptions } from './virtwired.ts';
