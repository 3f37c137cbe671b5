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
export { accepts, configText, freePort, type StartedDaemon } from './daemon.ts';
export { extent } from './extent.ts';
export { descriptorsOf, noLeaks, settles } from './leaks.ts';
export { type DaemonOptions, startLibvirtd } from './libvirtd.ts';
export {
  clientTemplate,
  serverTemplate,
  type Template,
  type TestAuthority,
  testAuthority,
} from './certificates.ts';
export { type MemoryProbe, memoryProbe } from './memory.ts';
export { type Place, startPlace } from './place.ts';
export { type Finished, type Running, type RunOptions, run, start } from './process.ts';
export { type Krb5Realm, startKrb5Realm } from './krb5.ts';
export { type SaslFiles, saslFiles } from './sasl.ts';
export { type Recorder, startRecorder } from './recorder.ts';
export { type Requirements, requires } from './requires.ts';
export { PASSPHRASE, PASSWORD, type SshHost, type SshKey, startSshHost } from './sshd.ts';
export { type TemporaryDirectory, temporaryDirectory } from './temporary.ts';
export { startVirtwired, type VirtwiredOptions } from './virtwired.ts';
