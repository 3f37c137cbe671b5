// Procedures that move a domain to another host, in the four generations of the protocol.
import { array, int, opaque, procedure, uhyper, uint } from '@virtwire/rpc';
import { DOMAIN_MIGRATE_PARAM_LIST_MAX, MIGRATE_COOKIE_MAX } from '../limits.ts';
import { NonnullDomain, optionalText, text, TypedParam } from '../types.ts';

/** Migration of domains. A cookie is opaque to the client, who carries it between the two hosts. */
// biome-ignore format: a table reads better with a row in one to three lines.
export const domainMigrateRows = {
  // Generation 1 (QEMU never had it)
  domainMigratePrepare: procedure(61, () => [{ uri_in: optionalText, flags: uhyper, dname: optionalText, resource: uhyper },
    { cookie: opaque(MIGRATE_COOKIE_MAX), uri_out: optionalText },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always' }]),
  domainMigratePerform: procedure(62,
    () => [{ dom: NonnullDomain, cookie: opaque(MIGRATE_COOKIE_MAX), uri: text, flags: uhyper, dname: optionalText,
      resource: uhyper },
    {},
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigrateFinish: procedure(63, () => [{ dname: text, cookie: opaque(MIGRATE_COOKIE_MAX), uri: text, flags: uhyper },
    { ddom: NonnullDomain },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),

  // Generation 2
  domainMigratePrepare2: procedure(108,
    () => [{ uri_in: optionalText, flags: uhyper, dname: optionalText, resource: uhyper, dom_xml: text },
    { cookie: opaque(MIGRATE_COOKIE_MAX), uri_out: optionalText },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always' }]),
  domainMigrateFinish2: procedure(109,
    () => [{ dname: text, cookie: opaque(MIGRATE_COOKIE_MAX), uri: text, flags: uhyper, retcode: int },
    { ddom: NonnullDomain },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigratePrepareTunnel: procedure(148, () => [{ flags: uhyper, dname: optionalText, resource: uhyper, dom_xml: text },
    {},
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always', writeStream: true }]),

  // Generation 3
  domainMigrateBegin3: procedure(213,
    () => [{ dom: NonnullDomain, xmlin: optionalText, flags: uhyper, dname: optionalText, resource: uhyper },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX), xml: text },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigratePrepare3: procedure(214,
    () => [{ cookie_in: opaque(MIGRATE_COOKIE_MAX), uri_in: optionalText, flags: uhyper, dname: optionalText,
      resource: uhyper, dom_xml: text },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX), uri_out: optionalText },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always' }]),
  domainMigratePrepareTunnel3: procedure(215,
    () => [{ cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uhyper, dname: optionalText, resource: uhyper, dom_xml: text },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always', writeStream: true }]),
  domainMigratePerform3: procedure(216,
    () => [{ dom: NonnullDomain, xmlin: optionalText, cookie_in: opaque(MIGRATE_COOKIE_MAX), dconnuri: optionalText,
      uri: optionalText, flags: uhyper, dname: optionalText, resource: uhyper },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigrateFinish3: procedure(217,
    () => [{ dname: text, cookie_in: opaque(MIGRATE_COOKIE_MAX), dconnuri: optionalText, uri: optionalText, flags: uhyper,
      cancelled: int },
    { dom: NonnullDomain, cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigrateConfirm3: procedure(218,
    () => [{ dom: NonnullDomain, cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uhyper, cancelled: int }, {},
    { acl: ['domain:migrate'], needsWrite: 'always' }]),

  // Generation 3 with typed parameters
  domainMigrateBegin3Params: procedure(302,
    () => [{ dom: NonnullDomain, params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX), flags: uint },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX), xml: text },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigratePrepare3Params: procedure(303,
    () => [{ params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX), cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uint },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX), uri_out: optionalText },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always' }]),
  domainMigratePrepareTunnel3Params: procedure(304,
    () => [{ params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX), cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uint },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate', 'domain:start', 'domain:write'], needsWrite: 'always', writeStream: true }]),
  domainMigratePerform3Params: procedure(305,
    () => [{ dom: NonnullDomain, dconnuri: optionalText, params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uint },
    { cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigrateFinish3Params: procedure(306,
    () => [{ params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX), cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uint,
      cancelled: int },
    { dom: NonnullDomain, cookie_out: opaque(MIGRATE_COOKIE_MAX) },
    { acl: ['domain:migrate'], needsWrite: 'always' }]),
  domainMigrateConfirm3Params: procedure(307,
    () => [{ dom: NonnullDomain, params: array(TypedParam, DOMAIN_MIGRATE_PARAM_LIST_MAX),
      cookie_in: opaque(MIGRATE_COOKIE_MAX), flags: uint, cancelled: int },
    {},
    { acl: ['domain:migrate'], needsWrite: 'always' }]),

  // Tuning while it runs
  /** `downtime` in milliseconds. */
  domainMigrateSetMaxDowntime: procedure(166, () => [{ dom: NonnullDomain, downtime: uhyper, flags: uint }, {},
    { acl: ['domain:migrate'], needsWrite: 'always', api: 'virDomainMigrateSetMaxDowntime' }]),
  /** `bandwidth` in MiB/s. */
  domainMigrateSetMaxSpeed: procedure(207, () => [{ dom: NonnullDomain, bandwidth: uhyper, flags: uint }, {},
    { acl: ['domain:migrate'], needsWrite: 'always', api: 'virDomainMigrateSetMaxSpeed' }]),
  /** `bandwidth` in MiB/s. */
  domainMigrateGetMaxSpeed: procedure(242, () => [{ dom: NonnullDomain, flags: uint }, { bandwidth: uhyper },
    { acl: ['domain:migrate'], needsWrite: 'always', api: 'virDomainMigrateGetMaxSpeed' }]),
  /** `cacheSize` in bytes. */
  domainMigrateGetCompressionCache: procedure(299, () => [{ dom: NonnullDomain, flags: uint }, { cacheSize: uhyper },
    { acl: ['domain:migrate'], api: 'virDomainMigrateGetCompressionCache' }]),
  /** `cacheSize` in bytes. */
  domainMigrateSetCompressionCache: procedure(300, () => [{ dom: NonnullDomain, cacheSize: uhyper, flags: uint }, {},
    { acl: ['domain:migrate'], needsWrite: 'always', api: 'virDomainMigrateSetCompressionCache' }]),
  domainMigrateStartPostCopy: procedure(364, () => [{ dom: NonnullDomain, flags: uint }, {},
    { acl: ['domain:migrate'], needsWrite: 'always', api: 'virDomainMigrateStartPostCopy' }]),
  /** `downtime` in milliseconds. */
  domainMigrateGetMaxDowntime: procedure(387, () => [{ dom: NonnullDomain, flags: uint }, { downtime: uhyper },
    { acl: ['domain:migrate'], api: 'virDomainMigrateGetMaxDowntime' }]),
};
