// Procedures about network filters and their bindings.
import { array, int, procedure, uint, uuid } from '@virtwire/rpc';
import { NWFILTER_BINDING_LIST_MAX, NWFILTER_LIST_MAX } from '../limits.ts';
import { NonnullNwfilter, NonnullNwfilterBinding, text } from '../types.ts';

/** Network filters, and the binding of a filter to the port of a domain. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const nwfilterRows = {
  nwfilterLookupByName: procedure(175, () => [{ name: text }, { nwfilter: NonnullNwfilter },
    { acl: ['nwfilter:getattr'], priority: 'high', api: 'virNWFilterLookupByName' }]),
  nwfilterLookupByUuid: procedure(176, () => [{ uuid }, { nwfilter: NonnullNwfilter },
    { acl: ['nwfilter:getattr'], priority: 'high', api: 'virNWFilterLookupByUUID' }]),
  nwfilterGetXmlDesc: procedure(177, () => [{ nwfilter: NonnullNwfilter, flags: uint }, { xml: text },
    { acl: ['nwfilter:read'], priority: 'high', api: 'virNWFilterGetXMLDesc' }]),
  connectNumOfNwfilters: procedure(178, () => [{}, { num: int },
    { acl: ['connect:search_nwfilters'], aclFilter: ['nwfilter:getattr'], priority: 'high',
      api: 'virConnectNumOfNWFilters' }]),
  connectListNwfilters: procedure(179, () => [{ maxnames: int }, { names: array(text, NWFILTER_LIST_MAX) },
    { acl: ['connect:search_nwfilters'], aclFilter: ['nwfilter:getattr'], priority: 'high',
      api: 'virConnectListNWFilters' }]),
  nwfilterDefineXml: procedure(180, () => [{ xml: text }, { nwfilter: NonnullNwfilter },
    { acl: ['nwfilter:write', 'nwfilter:save'], needsWrite: 'always', priority: 'high', api: 'virNWFilterDefineXML' }]),
  nwfilterUndefine: procedure(181, () => [{ nwfilter: NonnullNwfilter }, {},
    { acl: ['nwfilter:delete'], needsWrite: 'always', priority: 'high', api: 'virNWFilterUndefine' }]),
  connectListAllNwfilters: procedure(286, () => [{ need_results: int, flags: uint },
    { filters: array(NonnullNwfilter, NWFILTER_LIST_MAX), ret: uint },
    { acl: ['connect:search_nwfilters'], aclFilter: ['nwfilter:getattr'], priority: 'high',
      api: 'virConnectListAllNWFilters' }]),
  nwfilterBindingLookupByPortDev: procedure(397, () => [{ name: text }, { nwfilter: NonnullNwfilterBinding },
    { acl: ['nwfilter_binding:getattr'], priority: 'high', api: 'virNWFilterBindingLookupByPortDev' }]),
  nwfilterBindingGetXmlDesc: procedure(398, () => [{ nwfilter: NonnullNwfilterBinding, flags: uint }, { xml: text },
    { acl: ['nwfilter_binding:read'], priority: 'high', api: 'virNWFilterBindingGetXMLDesc' }]),
  nwfilterBindingCreateXml: procedure(399, () => [{ xml: text, flags: uint }, { nwfilter: NonnullNwfilterBinding },
    { acl: ['nwfilter_binding:create'], needsWrite: 'always', priority: 'high', api: 'virNWFilterBindingCreateXML' }]),
  nwfilterBindingDelete: procedure(400, () => [{ nwfilter: NonnullNwfilterBinding }, {},
    { acl: ['nwfilter_binding:delete'], needsWrite: 'always', priority: 'high', api: 'virNWFilterBindingDelete' }]),
  connectListAllNwfilterBindings: procedure(401, () => [{ need_results: int, flags: uint },
    { bindings: array(NonnullNwfilterBinding, NWFILTER_BINDING_LIST_MAX), ret: uint },
    { acl: ['connect:search_nwfilter_bindings'], aclFilter: ['nwfilter_binding:getattr'], priority: 'high',
      api: 'virConnectListAllNWFilterBindings' }]),
  nwfilterDefineXmlFlags: procedure(431, () => [{ xml: text, flags: uint }, { nwfilter: NonnullNwfilter },
    { acl: ['nwfilter:write', 'nwfilter:save'], needsWrite: 'always', priority: 'high',
      api: 'virNWFilterDefineXMLFlags' }]),
};
