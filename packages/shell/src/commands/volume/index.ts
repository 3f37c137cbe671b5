// The group of commands that manage storage volumes.
import type { CommandGroup } from '../../command.ts';

/** Commands that manage storage volumes. */
export const volumeGroup: CommandGroup = {
  title: 'Storage Volume',
  keyword: 'volume',
  commands: {
    'vol-clone': { summary: 'copy a volume in its pool', load: async () => (await import('./vol-clone.ts')).volClone },
    'vol-create-as': {
      summary: 'make a volume from options',
      load: async () => (await import('./vol-create-as.ts')).volCreateAs,
    },
    'vol-create': { summary: 'make a volume from XML', load: async () => (await import('./vol-create.ts')).volCreate },
    'vol-create-from': {
      summary: 'make a volume with the data of another one',
      load: async () => (await import('./vol-create-from.ts')).volCreateFrom,
    },
    'vol-delete': {
      summary: 'delete a volume and its data',
      load: async () => (await import('./vol-delete.ts')).volDelete,
    },
    'vol-download': {
      summary: 'write the data of a volume to a file',
      load: async () => (await import('./vol-download.ts')).volDownload,
    },
    'vol-dumpxml': { summary: 'XML of a volume', load: async () => (await import('./vol-dumpxml.ts')).volDumpxml },
    'vol-info': { summary: 'main facts of a volume', load: async () => (await import('./vol-info.ts')).volInfo },
    'vol-key': { summary: 'key of a volume', load: async () => (await import('./vol-key.ts')).volKey },
    'vol-list': { summary: 'list the volumes of a pool', load: async () => (await import('./vol-list.ts')).volList },
    'vol-name': { summary: 'name of a volume', load: async () => (await import('./vol-name.ts')).volName },
    'vol-path': { summary: 'path of a volume', load: async () => (await import('./vol-path.ts')).volPath },
    'vol-pool': { summary: 'pool of a volume', load: async () => (await import('./vol-pool.ts')).volPool },
    'vol-resize': {
      summary: 'change the capacity of a volume',
      load: async () => (await import('./vol-resize.ts')).volResize,
    },
    'vol-upload': {
      summary: 'write a file into a volume',
      load: async () => (await import('./vol-upload.ts')).volUpload,
    },
    'vol-wipe': {
      summary: 'overwrite the data of a volume',
      load: async () => (await import('./vol-wipe.ts')).volWipe,
    },
  },
};
