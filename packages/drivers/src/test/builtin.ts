// What test:///default holds when it is opened first: libvirt's own example host.

/** The inventory of `test:///default`. */
export const builtinInventory = `<node>
<domain type='test'>
  <name>test</name>
  <uuid>6695eb01-f6a4-8304-79aa-97f2502e193f</uuid>
  <memory>8388608</memory>
  <currentMemory>2097152</currentMemory>
  <vcpu>2</vcpu>
  <os><type>hvm</type></os>
  <devices>
    <disk type='file' device='disk'>
      <source file='/guest/diskimage1'/>
      <target dev='vda' bus='virtio'/>
      <address type='pci' domain='0x0000' bus='0x01' slot='0x00' function='0x0'/>
    </disk>
    <interface type='network'>
      <mac address='aa:bb:cc:dd:ee:ff'/>
      <source network='default'/>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x1' function='0x0'/>
    </interface>
    <memballoon model='virtio'>
      <address type='pci' domain='0x0000' bus='0x00' slot='0x2' function='0x0'/>
    </memballoon>
  </devices>
</domain>
<network>
  <name>default</name>
  <uuid>dd8fe884-6c02-601e-7551-cca97df1c5df</uuid>
  <bridge name='virbr0'/>
  <forward/>
  <ip address='192.168.122.1' netmask='255.255.255.0'>
    <dhcp><range start='192.168.122.2' end='192.168.122.254'/></dhcp>
  </ip>
</network>
<interface type='ethernet' name='eth1'>
  <start mode='onboot'/>
  <mac address='aa:bb:cc:dd:ee:ff'/>
  <mtu size='1492'/>
  <protocol family='ipv4'>
    <ip address='192.168.0.5' prefix='24'/>
    <route gateway='192.168.0.1'/>
  </protocol>
</interface>
<pool type='dir'>
  <name>default-pool</name>
  <uuid>dfe224cb-28fb-8dd0-c4b2-64eb3f0f4566</uuid>
  <target><path>/default-pool</path></target>
</pool>
<device>
  <name>computer</name>
  <capability type='system'>
    <hardware>
      <vendor>Libvirt</vendor>
      <version>Test driver</version>
      <serial>123456</serial>
      <uuid>11111111-2222-3333-4444-555555555555</uuid>
    </hardware>
    <firmware>
      <vendor>Libvirt</vendor>
      <version>Test Driver</version>
      <release_date>01/22/2007</release_date>
    </firmware>
  </capability>
</device>
${fibreChannelHost({ name: 'scsi_host1', parent: 'computer', host: 1, id: 0, names: '12341234', fabric: '43214321', vports: true })}
${fibreChannelHost({ name: 'scsi_host2', parent: 'computer', host: 2, id: 1, names: '56785678', fabric: '87658765', vports: true })}
${fibreChannelHost({ name: 'scsi_host11', parent: 'scsi_host1', host: 11, id: 10, names: '34563456', fabric: '43214321', vports: false })}
</node>`;

interface FibreChannelHost {
  readonly name: string;
  readonly parent: string;
  readonly host: number;
  readonly id: number;
  /** The last digits of both world wide names. */
  readonly names: string;
  readonly fabric: string;
  /** Whether it can make virtual ports; libvirt prints their numbers as 0. */
  readonly vports: boolean;
}

function fibreChannelHost({ name, parent, host, id, names, fabric, vports }: FibreChannelHost): string {
  const operations = "<capability type='vport_ops'><max_vports>0</max_vports><vports>0</vports></capability>";
  return `<device>
  <name>${name}</name>
  <parent>${parent}</parent>
  <capability type='scsi_host'>
    <host>${host}</host>
    <unique_id>${id}</unique_id>
    <capability type='fc_host'>
      <wwnn>20000000${names}</wwnn>
      <wwpn>10000000${names}</wwpn>
      <fabric_wwn>20000000${fabric}</fabric_wwn>
    </capability>
    ${vports ? operations : ''}
  </capability>
</device>`;
}
