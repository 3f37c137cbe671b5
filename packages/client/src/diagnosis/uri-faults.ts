// Faults of what the user wrote: the URI, its parameters, libvirt.conf.
import { ErrorCode } from '@virtwire/rpc';
import { type Fault, textOf } from './fault.ts';

/** Faults found before anything is connected. */
export const uriFaults: readonly Fault[] = [
  {
    name: 'configuration-malformed',
    stage: 'uri',
    matches: ({ error, stage }) => stage === 'uri' && error.code === ErrorCode.ConfSyntax,
    hint: () => 'mend the setting that is named in libvirt.conf, or take it out',
  },
  {
    name: 'uri-malformed',
    stage: 'uri',
    matches: ({ message }) => /Unable to parse URI/.test(message),
    hint: () =>
      'write it as driver[+transport]://[user@][host][:port]/[path][?parameters]; IPv6 addresses in brackets, other marks as %XX',
  },
  {
    name: 'uri-slash-missing',
    stage: 'uri',
    matches: ({ message }) => /maybe you want /.test(message),
    hint: ({ message }) =>
      `without a host there are three slashes: ${/maybe you want (\S+)\)/.exec(message)?.[1] ?? 'driver:///path'}`,
  },
  {
    name: 'uri-without-driver',
    stage: 'uri',
    matches: ({ message }) => /does not include a driver name/.test(message),
    hint: () =>
      'begin with the name of a driver, as in qemu:///system, or define the alias in uri_aliases of libvirt.conf',
  },
  {
    name: 'transport-unknown',
    stage: 'uri',
    matches: ({ message }) => /transport in URL not recognised/.test(message),
    hint: () => 'take one of tls, unix, ssh, ext, tcp, libssh2, libssh behind the +',
  },
  {
    name: 'host-with-unix-socket',
    stage: 'uri',
    matches: ({ message }) => /using unix socket and remote server/.test(message),
    hint: () => 'a unix socket is on this host: leave the host out, or take +ssh to reach a socket on the other one',
  },
  {
    name: 'command-not-given',
    stage: 'uri',
    matches: ({ message }) => /command is required/.test(message),
    hint: () => 'name the program: ?command=/path/of/it',
  },
  {
    name: 'parameter-wrong',
    stage: 'uri',
    matches: ({ stage, error, message }) =>
      (stage === 'uri' && error.code === ErrorCode.InvalidArg) ||
      /netcat path not valid|proxy type|direct socket mode|Invalid (host key verification|authentication) method/.test(
        message,
      ),
    hint: ({ message }) => {
      const name = /URI component (\S+)/.exec(message)?.[1];
      return name === undefined
        ? 'mend the parameter that is named, in the URI, or in libvirt.conf (remote_mode, remote_proxy) where the URI has none: mode is auto, direct or legacy; proxy is auto, netcat or native'
        : `mend ${name}= in the URI; switches take 0 or 1, numbers are whole`;
    },
  },
  {
    name: 'priority-string-wrong',
    stage: 'tls',
    matches: ({ message }) => /Failed to set TLS session priority/.test(message),
    hint: ({ evidence }) =>
      `mend the GnuTLS priority string${textOf(evidence, 'priority') === '' ? '' : ` '${textOf(evidence, 'priority')}'`} of tls_priority in the URI or in libvirt.conf; NORMAL is the default`,
  },
];
