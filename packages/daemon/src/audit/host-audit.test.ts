import assert from 'node:assert/strict';
import { openSync } from 'node:fs';
import { test } from 'node:test';
import { requireHostAudit } from './host-audit.ts';

test('a host with auditing is fine; without it the reason is told as libvirtd means it', () => {
  const failing = (code: string) => () =>
    requireHostAudit(() => {
      throw Object.assign(new Error('socket'), { code });
    });

  requireHostAudit(() => openSync('/dev/null', 'r'));
  for (const code of ['EINVAL', 'EPROTONOSUPPORT', 'EAFNOSUPPORT']) {
    assert.throws(failing(code), { message: 'Audit is not supported by the kernel' });
  }
  assert.throws(failing('EMFILE'), { message: 'Unable to initialize audit layer: Too many open files' });
});
