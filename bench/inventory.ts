// Files for the test driver that hold many domains, so that lists are worth measuring.

/** An inventory of `count` domains, every second one shut off. */
export function inventoryXml(count: number): string {
  const domains = Array.from({ length: count }, (_, i) => domainXml(i));
  return [
    '<node>',
    ...domains,
    '<cpu><mhz>3000</mhz><model>x86_64</model><active>8</active><nodes>1</nodes>',
    '<sockets>1</sockets><cores>8</cores><threads>1</threads></cpu><memory>67108864</memory>',
    '</node>\n',
  ].join('\n');
}

function domainXml(i: number): string {
  const hex = i.toString(16).padStart(12, '0');
  const name = `guest-${String(i).padStart(5, '0')}`;
  const mac = `52:54:00:${hex.slice(-6, -4)}:${hex.slice(-4, -2)}:${hex.slice(-2)}`;
  return `<domain type='test' xmlns:test='http://libvirt.org/schemas/domain/test/1.0'>
<name>${name}</name><uuid>6d8f1f64-30c1-4b1c-9c5a-${hex}</uuid>
<memory>8388608</memory><currentMemory>2097152</currentMemory><vcpu>2</vcpu><os><type>hvm</type></os>
<devices>
<disk type='file' device='disk'><source file='/var/lib/libvirt/images/${name}.img'/><target dev='vda' bus='virtio'/></disk>
<interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface>
</devices>
<test:runstate>${i % 2 === 0 ? 1 : 5}</test:runstate></domain>`;
}
