// What reaches into the guest: keys, screen, clock, agent; thin methods, one per libvirt call.
import { qemu, remote, typedParams } from '@virtwire/protocol';
import { Download } from './byte-stream.ts';
import { DomainDevices } from './domain-devices.ts';
import type { TypedParameterInput } from './domain-resources.ts';
import type { CallOptions } from './session.ts';
import { readTypedParameters, STRING_OKAY, type TypedParameters } from './typed-parameters.ts';

/** A network interface of a guest. */
export interface GuestInterface {
  readonly name: string;
  readonly mac: string | null;
  readonly addresses: readonly {
    /** 0 is IPv4, 1 is IPv6 (virIPAddrType). */
    readonly type: number;
    readonly address: string;
    /** Length of the network's prefix in bits. */
    readonly prefix: number;
  }[];
}

/** A screenshot on its way. */
export interface Screenshot extends Download<Uint8Array> {
  /** Kind of the picture, e.g. `image/png`. */
  readonly mime: string;
}

/** A file system of a guest. */
export interface GuestFileSystem {
  readonly mountPoint: string;
  /** Name of the device in the guest. */
  readonly name: string;
  /** Kind of file system, e.g. `ext4`. */
  readonly type: string;
  /** Targets of the disks under it. */
  readonly devices: readonly string[];
}

/** The part of {@link Domain} that reaches into the guest. */
export class DomainGuest extends DomainDevices {
  /** Gives the time of the guest in seconds and nanoseconds since the epoch. @see virDomainGetTime */
  async getTime(flags = 0, options?: CallOptions): Promise<{ readonly seconds: bigint; readonly nanoseconds: number }> {
    const time = await this.session.call(remote.domainGetTime, { dom: this.ref, flags }, options);
    return { seconds: time.seconds, nanoseconds: time.nseconds };
  }

  /** Sets the time of the guest. @param flags of DomainSetTimeFlags; with Sync the time is ignored @see virDomainSetTime */
  async setTime(seconds: bigint, nanoseconds: number, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, seconds, nseconds: nanoseconds, flags };
    await this.session.call(remote.domainSetTime, args, options);
  }

  /** Gives its network interfaces with their addresses. @param source of DomainInterfaceAddressesSource @see virDomainInterfaceAddresses */
  async interfaceAddresses(source: number, flags = 0, options?: CallOptions): Promise<readonly GuestInterface[]> {
    const args = { dom: this.ref, source, flags };
    const { ifaces } = await this.session.call(remote.domainInterfaceAddresses, args, options);
    return ifaces.map(({ name, hwaddr: mac, addrs }) => ({
      name,
      mac,
      addresses: addrs.map(({ type, addr: address, prefix }) => ({ type, address, prefix })),
    }));
  }

  /** Takes a picture of a screen. @param screen which one, from 0 @see virDomainScreenshot */
  async screenshot(screen = 0, flags = 0, options?: CallOptions): Promise<Screenshot> {
    const args = { dom: this.ref, screen, flags };
    const { download, reply } = await Download.open(
      (stream) => this.session.call(remote.domainScreenshot, args, options, stream),
      options,
    );
    return Object.assign(download as Download<Uint8Array>, { mime: reply.mime ?? '' });
  }

  /**
   * Presses keys, all at once.
   *
   * @param codeset of KeycodeSet
   * @param holdTimeMs how long they are held
   * @see virDomainSendKey
   */
  async sendKey(
    codeset: number,
    holdTimeMs: number,
    keycodes: readonly number[],
    flags = 0,
    options?: CallOptions,
  ): Promise<void> {
    const args = { dom: this.ref, codeset, holdtime: holdTimeMs, keycodes: [...keycodes], flags };
    await this.session.call(remote.domainSendKey, args, options);
  }

  /** Sends a non-maskable interrupt. @see virDomainInjectNMI */
  async injectNmi(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainInjectNmi, { dom: this.ref, flags }, options);
  }

  /** Gives the host name that the guest tells. @param flags of DomainGetHostnameFlags @see virDomainGetHostname */
  async getHostname(flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(remote.domainGetHostname, { dom: this.ref, flags }, options)).hostname;
  }

  /** Sends a signal to a process of the guest. @param signal of DomainProcessSignal @see virDomainSendProcessSignal */
  async sendProcessSignal(pid: bigint, signal: number, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, pid_value: pid, signum: signal, flags };
    await this.session.call(remote.domainSendProcessSignal, args, options);
  }

  /** Sets the password of a user of the guest. @param flags of DomainSetUserPasswordFlags @see virDomainSetUserPassword */
  async setUserPassword(user: string, password: string, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainSetUserPassword, { dom: this.ref, user, password, flags }, options);
  }

  /** Gives the ssh keys with which a user of the guest may come in. @see virDomainAuthorizedSSHKeysGet */
  async authorizedSshKeysGet(user: string, flags = 0, options?: CallOptions): Promise<readonly string[]> {
    return (await this.session.call(remote.domainAuthorizedSshKeysGet, { dom: this.ref, user, flags }, options)).keys;
  }

  /** Says with which ssh keys a user of the guest may come in. @param flags of DomainAuthorizedSSHKeysSetFlags @see virDomainAuthorizedSSHKeysSet */
  async authorizedSshKeysSet(user: string, keys: readonly string[], flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, user, keys: [...keys], flags };
    await this.session.call(remote.domainAuthorizedSshKeysSet, args, options);
  }

  /** Gives back to the host what file systems of the guest do not use. @param mountPoint null for all @param minimum of bytes in one piece @see virDomainFSTrim */
  async fsTrim(mountPoint: string | null, minimum = 0n, flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainFstrim, { dom: this.ref, mountPoint, minimum, flags }, options);
  }

  /** Stops file systems of the guest from changing. @param mountPoints none for all @returns how many @see virDomainFSFreeze */
  async fsFreeze(mountPoints: readonly string[] = [], flags = 0, options?: CallOptions): Promise<number> {
    const args = { dom: this.ref, mountpoints: [...mountPoints], flags };
    return (await this.session.call(remote.domainFsfreeze, args, options)).filesystems;
  }

  /** Lets file systems of the guest change again. @param mountPoints none for all @returns how many @see virDomainFSThaw */
  async fsThaw(mountPoints: readonly string[] = [], flags = 0, options?: CallOptions): Promise<number> {
    const args = { dom: this.ref, mountpoints: [...mountPoints], flags };
    return (await this.session.call(remote.domainFsthaw, args, options)).filesystems;
  }

  /** Gives the file systems that are mounted in the guest. @see virDomainGetFSInfo */
  async getFsInfo(flags = 0, options?: CallOptions): Promise<readonly GuestFileSystem[]> {
    const { info } = await this.session.call(remote.domainGetFsinfo, { dom: this.ref, flags }, options);
    return info.map(({ mountpoint: mountPoint, name, fstype: type, dev_aliases: devices }) => ({
      mountPoint,
      name,
      type,
      devices,
    }));
  }

  /** Gives what the agent in the guest tells. @param types of DomainGuestInfoTypes, 0 for all @see virDomainGetGuestInfo */
  async getGuestInfo(types: number, flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const { params } = await this.session.call(remote.domainGetGuestInfo, { dom: this.ref, types, flags }, options);
    return readTypedParameters(params);
  }

  /** Gives the virtual CPUs as the guest sees them. @see virDomainGetGuestVcpus */
  async getGuestVcpus(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const { params } = await this.session.call(remote.domainGetGuestVcpus, { dom: this.ref, flags }, options);
    return readTypedParameters(params);
  }

  /** Lets the guest switch virtual CPUs on or off. @param cpuList as `0,2-3` @see virDomainSetGuestVcpus */
  async setGuestVcpus(cpuList: string, on: boolean, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, cpumap: cpuList, state: on ? 1 : 0, flags };
    await this.session.call(remote.domainSetGuestVcpus, args, options);
  }

  /** Says how long to wait for the agent in the guest. @param timeoutS seconds, or one of DomainAgentResponseTimeoutValues @see virDomainAgentSetResponseTimeout */
  async agentSetResponseTimeout(timeoutS: number, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, timeout: timeoutS, flags };
    await this.session.call(remote.domainAgentSetResponseTimeout, args, options);
  }

  /** Sends the guest to sleep. @param target of NodeSuspendTarget @param durationS seconds, 0n until it is woken @see virDomainPMSuspendForDuration */
  async pmSuspendForDuration(target: number, durationS = 0n, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, target, duration: durationS, flags };
    await this.session.call(remote.domainPmSuspendForDuration, args, options);
  }

  /** Wakes the guest. @see virDomainPMWakeup */
  async pmWakeup(flags = 0, options?: CallOptions): Promise<void> {
    await this.session.call(remote.domainPmWakeup, { dom: this.ref, flags }, options);
  }

  /** Gives what is known of the protection of its memory. @see virDomainGetLaunchSecurityInfo */
  async getLaunchSecurityInfo(flags = 0, options?: CallOptions): Promise<TypedParameters> {
    const args = { dom: this.ref, flags: flags | STRING_OKAY };
    const { params } = await this.session.call(remote.domainGetLaunchSecurityInfo, args, options);
    return readTypedParameters(params);
  }

  /** Gives secrets to a protected guest before it runs. @see virDomainSetLaunchSecurityState */
  async setLaunchSecurityState(params: TypedParameterInput, flags = 0, options?: CallOptions): Promise<void> {
    const args = { dom: this.ref, params: typedParams(params), flags };
    await this.session.call(remote.domainSetLaunchSecurityState, args, options);
  }

  /** Gives a command to the monitor of QEMU. @param flags of DomainQemuMonitorCommandFlags @see virDomainQemuMonitorCommand */
  async qemuMonitorCommand(command: string, flags = 0, options?: CallOptions): Promise<string> {
    return (await this.session.call(qemu.domainMonitorCommand, { dom: this.ref, cmd: command, flags }, options)).result;
  }

  /** Gives a command to the agent in the guest. @param timeoutS seconds, or one of DomainQemuAgentCommandTimeoutValues @see virDomainQemuAgentCommand */
  async qemuAgentCommand(command: string, timeoutS: number, flags = 0, options?: CallOptions): Promise<string | null> {
    const args = { dom: this.ref, cmd: command, timeout: timeoutS, flags };
    return (await this.session.call(qemu.domainAgentCommand, args, options)).result;
  }
}
