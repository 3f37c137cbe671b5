// Figures of hosts and domains: what is asked for, and how the answers are cut up.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ErrorCode, LibvirtError } from '@virtwire/rpc';
import { open } from '../open.ts';
import { type MemoryAnswers, MemoryDaemon } from '../testing/memory-daemon.ts';

const dom = { name: 'one', uuid: '00000000-0000-0000-0000-000000000001', id: 1 };

async function started(answers: MemoryAnswers) {
  const daemon = new MemoryDaemon({ answers: { domainLookupByName: () => ({ dom }), ...answers } });
  const connection = await open('test+unix:///default', {}, daemon.means());
  return { daemon, connection, domain: await connection.lookupDomainByName('one') };
}

// As virHostCPUGetStatsLinux and virHostMemGetStatsLinux, of which QEMU's driver makes use.
const strict =
  (...fields: string[]) =>
  ({ nparams }: { nparams: number }) => {
    if (nparams === 0) return { params: [], nparams: fields.length };
    if (nparams !== fields.length) throw new LibvirtError(ErrorCode.InvalidArg, `nparams must be ${fields.length}`);
    return { params: fields.map((field, index) => ({ field, value: BigInt(index) })), nparams: 0 };
  };

test('figures of the host are asked for by the number that there are', async () => {
  const { connection } = await started({
    nodeGetCpuStats: strict('kernel', 'user', 'idle', 'iowait'),
    nodeGetMemoryStats: strict('total', 'free'),
  });
  await using _ = connection;

  assert.deepEqual([...(await connection.getCpuStats()).keys()], ['kernel', 'user', 'idle', 'iowait']);
  assert.deepEqual(
    [...(await connection.getMemoryStats(0))],
    [
      ['total', 0n],
      ['free', 1n],
    ],
  );
});

test('a host that has no figures gives none', async () => {
  const { daemon, connection } = await started({ nodeGetCpuStats: strict(), nodeGetMemoryStats: strict() });
  await using _ = connection;

  assert.equal((await connection.getCpuStats()).size, 0);
  assert.equal((await connection.getMemoryStats()).size, 0);
  assert.equal(daemon.names.filter((name) => name.startsWith('nodeGet')).length, 2);
});

test('the use of CPUs is cut by the figures of one, though more CPUs were asked for than there are', async () => {
  const time = (value: bigint) => ({ field: 'cpu_time', value: { type: 4, value } });
  const vcpu = (value: bigint) => ({ field: 'vcpu_time', value: { type: 4, value } });
  const { connection, domain } = await started({
    domainGetCpuStats: ({ nparams }: { nparams: number }) =>
      nparams === 0
        ? { params: [], nparams: 2 }
        : { params: [time(10n), vcpu(1n), time(20n), vcpu(2n), time(30n), vcpu(3n)], nparams: 2 },
  });
  await using _ = connection;
  const all = [
    [10n, 1n],
    [20n, 2n],
    [30n, 3n],
  ];

  for (const asked of [3, 4, 128]) {
    const { cpus, count } = await domain.getCpuStats(0, asked, 2);
    assert.deepEqual(
      cpus.map((params) => [params.get('cpu_time'), params.get('vcpu_time')]),
      all,
    );
    assert.equal(count, 2);
  }
  assert.deepEqual(await domain.getCpuStats(0, 1, 0), { cpus: [], count: 2 });
});

test('parameters that are texts are asked for where there are some', async () => {
  const text = { field: 'pdh', value: { type: 7, value: 'certificate' } };
  const onlyWithTexts = ({ flags }: { flags: number }) => ({ params: (flags & 4) === 0 ? [] : [text], nparams: 1 });
  const { connection, domain } = await started({
    nodeGetSevInfo: onlyWithTexts,
    domainGetLaunchSecurityInfo: onlyWithTexts,
  });
  await using _ = connection;

  assert.equal((await connection.getSevInfo()).get('pdh'), 'certificate');
  assert.equal((await domain.getLaunchSecurityInfo()).get('pdh'), 'certificate');
});
