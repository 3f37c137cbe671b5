// The files that lines of commands name, and what is taken out of their output before it is compared.

/** The files that the lines name; `@NAME@` stands for the folder that they are in. */
export const FILES: Readonly<Record<string, string>> = {
  'd.xml': "<domain type='test'><name>vm2</name><memory>1024</memory><os><type>hvm</type></os></domain>\n",
  'n.xml': "<network><name>n1</name><ip address='10.0.0.1' netmask='255.255.255.0'/></network>\n",
  'p.xml': "<pool type='dir'><name>p1</name><target><path>/var/lib/p1</path></target></pool>\n",
  'v.xml': '<volume><name>v1</name><capacity>1048576</capacity></volume>\n',
  'i.xml': "<interface type='ethernet' name='eth9'><start mode='none'/></interface>\n",
  's.xml': '<domainsnapshot><name>fx</name></domainsnapshot>\n',
  'nf.xml': "<filter name='nf1'><rule action='accept' direction='in'/></filter>\n",
  'b.xml':
    "<filterbinding><owner><name>v</name><uuid>d54df46f-1ab5-4a22-8618-4560ef5fac2c</uuid></owner><portdev name='vnet0'/><mac address='52:54:00:7b:35:93'/><filterref filter='clean-traffic'/></filterbinding>\n",
  'sec.xml':
    "<secret ephemeral='no' private='no'><uuid>0a81f5b2-8403-7b23-c8d6-21ccc2f80d6f</uuid><usage type='volume'><volume>/v/a</volume></usage></secret>\n",
  'cp.xml': '<domaincheckpoint><name>cpx</name></domaincheckpoint>\n',
  'np.xml': '<networkport/>\n',
  'disk.xml': "<disk type='file' device='disk'><source file='/tmp/x.img'/><target dev='vdb' bus='virtio'/></disk>\n",
  'if.xml': "<interface type='network'><source network='default'/></interface>\n",
  'cpu.xml': '<cpu><arch>x86_64</arch><model>qemu64</model></cpu>\n',
  'bad.xml': '<x\n',
};

// What differs between two runs of virsh itself.
const varying: readonly (readonly [RegExp, string])[] = [
  [/CPU time: {7}\d+\.\ds/g, 'CPU time:       T'],
  [/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UUID'],
  [/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [+-]\d{4}/g, 'TIME'],
  [/<creationTime>\d+/g, '<creationTime>T'],
  // A snapshot without a name is named after the time.
  [/\b1\d{9}\b/g, 'NOW'],
  [/(testnet0 [a-z_]+) \d+/g, '$1 N'],
  [/(net|block|vcpu)\.0\.[a-z.]+=\d+/g, '$1=N'],
  [/mac address='52:54:00:[0-9a-f:]+'/g, "mac address='MAC'"],
];

/** Takes out what differs between two runs of virsh itself. */
export function masked(text: string): string {
  return varying.reduce((masked, [pattern, mask]) => masked.replace(pattern, mask), text);
}
