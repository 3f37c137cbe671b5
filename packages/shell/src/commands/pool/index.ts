// The group of commands that manage storage pools.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage storage pools. */
export const poolGroup: CommandGroup = {
  title: 'Storage Pool',
  keyword: 'pool',
  commands: {
    'find-storage-pool-sources-as': {
      summary: 'find what could become pools, on a host',
      load: async () => (await import('./find-storage-pool-sources-as.ts')).findStoragePoolSourcesAs,
    },
    'find-storage-pool-sources': {
      summary: 'find what could become pools',
      load: async () => (await import('./find-storage-pool-sources.ts')).findStoragePoolSources,
    },
    'pool-autostart': {
      summary: 'start a pool with the host',
      load: async () => (await import('./pool-autostart.ts')).poolAutostart,
    },
    'pool-build': {
      summary: 'make what a pool stands on',
      load: async () => (await import('./pool-build.ts')).poolBuild,
    },
    'pool-create-as': {
      summary: 'make a pool from options and start it',
      load: async () => (await import('./pool-create-as.ts')).poolCreateAs,
    },
    'pool-create': {
      summary: 'make a pool from XML and start it',
      load: async () => (await import('./pool-create.ts')).poolCreate,
    },
    'pool-define-as': {
      summary: 'make a pool from options without starting it',
      load: async () => (await import('./pool-define-as.ts')).poolDefineAs,
    },
    'pool-define': {
      summary: 'make a pool from XML without starting it',
      load: async () => (await import('./pool-define.ts')).poolDefine,
    },
    'pool-delete': {
      summary: 'delete what a pool stands on',
      load: async () => (await import('./pool-delete.ts')).poolDelete,
    },
    'pool-destroy': { summary: 'stop a pool', load: async () => (await import('./pool-destroy.ts')).poolDestroy },
    'pool-dumpxml': { summary: 'XML of a pool', load: async () => (await import('./pool-dumpxml.ts')).poolDumpxml },
    'pool-edit': { summary: 'change a pool in an editor', load: async () => (await import('./pool-edit.ts')).poolEdit },
    'pool-info': { summary: 'main facts of a pool', load: async () => (await import('./pool-info.ts')).poolInfo },
    'pool-list': { summary: 'list pools', load: async () => (await import('./pool-list.ts')).poolList },
    'pool-name': { summary: 'name of a pool', load: async () => (await import('./pool-name.ts')).poolName },
    'pool-refresh': {
      summary: 'look anew at the volumes of a pool',
      load: async () => (await import('./pool-refresh.ts')).poolRefresh,
    },
    'pool-start': { summary: 'start a defined pool', load: async () => (await import('./pool-start.ts')).poolStart },
    'pool-undefine': {
      summary: 'remove the definition of a pool',
      load: async () => (await import('./pool-undefine.ts')).poolUndefine,
    },
    'pool-uuid': { summary: 'UUID of a pool', load: async () => (await import('./pool-uuid.ts')).poolUuid },
    'pool-event': {
      summary: 'wait for events of pools',
      load: async () => (await import('./pool-event.ts')).poolEvent,
    },
    'pool-capabilities': {
      summary: 'which kinds of pools there can be',
      load: async () => (await import('./pool-capabilities.ts')).poolCapabilities,
    },
  },
};
