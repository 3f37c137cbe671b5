// The public face of the daemon: a server for any registry of drivers, its listeners and its log.
export { PIPELINING_FEATURE } from './dispatch/session.ts';
export type { Arrival, Listener, Reception, Service } from './listener/listener.ts';
export { listenTcp, type TcpListenOptions } from './listener/tcp.ts';
export { listenUnix, type UnixListenOptions } from './listener/unix.ts';
export { Log, type LogSettings } from './log.ts';
export { LogLevel } from './logging/record.ts';
export { Server } from './server.ts';
export type { ServerOptions } from './server-options.ts';
