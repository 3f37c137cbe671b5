// Constants of streams and of the event loop.

/** What an event loop waits for on a file handle (`virEventHandleType`). */
export const EventHandleType = { Readable: 1, Writable: 2, Error: 4, Hangup: 8 } as const;

/** Flags of virStreamNew (`virStreamFlags`). */
export const StreamFlags = { Nonblock: 1 } as const;

/** Flags of virStreamRecvFlags (`virStreamRecvFlagsValues`). */
export const StreamRecvFlags = { StopAtHole: 1 } as const;

/** What a stream can wait for (`virStreamEventType`). */
export const StreamEventType = { Readable: 1, Writable: 2, Error: 4, Hangup: 8 } as const;
