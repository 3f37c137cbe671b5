#!/usr/bin/python3
"""Records what a real storage driver answers, as golden/storage/scenario.json.

    record.py 'storage+unix:///system?socket=/path/libvirt-sock' /an/empty/directory > scenario.json

The steps are calls of the remote program with their wire arguments; the test of the storage driver makes the same calls
and compares. Needs root, qemu-img and a daemon without pools. The directory is written as ${ROOT}.
"""
import json
import os
import re
import sys

import libvirt

uri, root = sys.argv[1:]
libvirt.registerErrorHandler(lambda *_: None, None)
connection = libvirt.open(uri)
pools, volumes, steps = {}, {}, []
U1, U2, U3 = (f"{n}1111111-2222-4333-8444-555555555555" for n in (1, 2, 3))
P1, P2, P3 = ({"name": f"p{n}", "uuid": u} for n, u in ((1, U1), (2, U2), (3, U3)))


def pool(ref):
    key = ref["uuid"]
    if key not in pools:
        pools[key] = connection.storagePoolLookupByUUIDString(key)
    return pools[key]


def volume(ref):
    key = (ref["pool"], ref["name"])
    if key not in volumes:
        volumes[key] = connection.storagePoolLookupByName(ref["pool"]).storageVolLookupByName(ref["name"])
    return volumes[key]


def seen_pool(p):
    return {"pool": {"name": p.name(), "uuid": p.UUIDString()}}


def seen_volume(v):
    return {"vol": {"pool": v.storagePoolLookupByVolume().name(), "name": v.name(), "key": v.key()}}


def listed(items):
    return {"ret": len(items)}


CALLS = {
    "connectGetType": lambda: {"type": connection.getType()},
    "connectFindStoragePoolSources": lambda type, srcSpec, flags: {"xml": connection.findStoragePoolSources(type, srcSpec, flags)},
    "connectGetStoragePoolCapabilities": lambda flags: {"capabilities": connection.getStoragePoolCapabilities(flags)},
    "connectNumOfStoragePools": lambda: {"num": connection.numOfStoragePools()},
    "connectNumOfDefinedStoragePools": lambda: {"num": connection.numOfDefinedStoragePools()},
    "connectListAllStoragePools": lambda need_results, flags: listed(connection.listAllStoragePools(flags)),
    "storagePoolDefineXml": lambda xml, flags: seen_pool(connection.storagePoolDefineXML(xml, flags)),
    "storagePoolCreateXml": lambda xml, flags: seen_pool(connection.storagePoolCreateXML(xml, flags)),
    "storagePoolCreate": lambda pool, flags: P(pool).create(flags) or {},
    "storagePoolBuild": lambda pool, flags: P(pool).build(flags) or {},
    "storagePoolDestroy": lambda pool: P(pool).destroy() or {},
    "storagePoolDelete": lambda pool, flags: P(pool).delete(flags) or {},
    "storagePoolUndefine": lambda pool: P(pool).undefine() or {},
    "storagePoolRefresh": lambda pool, flags: P(pool).refresh(flags) or {},
    "storagePoolGetXmlDesc": lambda pool, flags: {"xml": P(pool).XMLDesc(flags)},
    "storagePoolGetInfo": lambda pool: {"state": P(pool).info()[0]},
    "storagePoolIsActive": lambda pool: {"active": P(pool).isActive()},
    "storagePoolIsPersistent": lambda pool: {"persistent": P(pool).isPersistent()},
    "storagePoolGetAutostart": lambda pool: {"autostart": P(pool).autostart()},
    "storagePoolSetAutostart": lambda pool, autostart: P(pool).setAutostart(autostart) or {},
    "storagePoolNumOfVolumes": lambda pool: {"num": P(pool).numOfVolumes()},
    "storagePoolListAllVolumes": lambda pool, need_results, flags: listed(P(pool).listAllVolumes(flags)),
    "storagePoolLookupByName": lambda name: seen_pool(connection.storagePoolLookupByName(name)),
    "storagePoolLookupByUuid": lambda uuid: seen_pool(connection.storagePoolLookupByUUIDString(uuid)),
    "storagePoolLookupByTargetPath": lambda path: seen_pool(connection.storagePoolLookupByTargetPath(path)),
    "storageVolLookupByName": lambda pool, name: seen_volume(P(pool).storageVolLookupByName(name)),
    "storageVolLookupByKey": lambda key: seen_volume(connection.storageVolLookupByKey(key)),
    "storageVolLookupByPath": lambda path: seen_volume(connection.storageVolLookupByPath(path)),
    "storageVolCreateXml": lambda pool, xml, flags: seen_volume(P(pool).createXML(xml, flags)),
    "storageVolCreateXmlFrom": lambda pool, xml, clonevol, flags: seen_volume(P(pool).createXMLFrom(xml, V(clonevol), flags)),
    "storageVolDelete": lambda vol, flags: V(vol).delete(flags) or {},
    "storageVolResize": lambda vol, capacity, flags: V(vol).resize(capacity, flags) or {},
    "storageVolWipe": lambda vol, flags: V(vol).wipe(flags) or {},
    "storageVolWipePattern": lambda vol, algorithm, flags: V(vol).wipePattern(algorithm, flags) or {},
    "storageVolGetInfo": lambda vol: dict(zip(("type", "capacity"), V(vol).info())),
    "storageVolGetInfoFlags": lambda vol, flags: dict(zip(("type", "capacity"), V(vol).infoFlags(flags))),
    "storageVolGetPath": lambda vol: {"name": V(vol).path()},
    "storageVolGetXmlDesc": lambda vol, flags: {"xml": V(vol).XMLDesc(flags)},
}
P, V = pool, volume


def plain(value):
    """Takes out what differs from place to place and from run to run."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if not isinstance(value, str):
        return value
    value = value.replace(root, "${ROOT}")
    value = re.sub(r"<(.time)>[0-9.]+<", r"<\1>T<", value)
    if "<pool" in value:
        value = re.sub(r"<(capacity|allocation|available) unit='bytes'>[1-9]\d*<", r"<\1 unit='bytes'>N<", value)
    return re.sub(r"<(allocation|physical) unit='bytes'>\d+<", r"<\1 unit='bytes'>N<", value)


def expand(value):
    if isinstance(value, dict):
        return {key: expand(item) for key, item in value.items()}
    return value.replace("${ROOT}", root) if isinstance(value, str) else value


def step(call, **args):
    record = {"call": call, "args": args}
    try:
        record["answer"] = plain(CALLS[call](**expand(args)))
    except libvirt.libvirtError as e:
        record["error"] = {
            "code": e.get_error_code(),
            "domain": e.get_error_domain(),
            "message": plain(e.get_error_message()),
            "str1": plain(e.get_str1()),
            "str2": plain(e.get_str2()),
            "int1": e.get_int1(),
        }
    steps.append(record)


def shell(command):
    """A step that changes files behind the driver's back."""
    os.system(command.replace("${ROOT}", root))
    steps.append({"shell": command})


def px(name, path=None, uuid=None, inner=""):
    uuid = f"<uuid>{uuid}</uuid>" if uuid else ""
    return f"<pool type='dir'><name>{name}</name>{uuid}<target><path>{path or '${ROOT}/' + name}</path>{inner}</target></pool>"


def vx(name, capacity="<capacity>1048576</capacity>", inner="<allocation>0</allocation>"):
    return f"<volume><name>{name}</name>{capacity}{inner}</volume>"


def vol(name, of="p1"):
    return {"pool": of, "name": name, "key": "${ROOT}/" + of + "/" + name}


QCOW2 = "<allocation>0</allocation><target><format type='qcow2'/></target>"

step("connectGetType")
step("connectGetStoragePoolCapabilities", flags=1)
step("connectFindStoragePoolSources", type="dir", srcSpec=None, flags=0)
step("connectFindStoragePoolSources", type="zz", srcSpec=None, flags=0)
step("connectFindStoragePoolSources", type="rbd", srcSpec=None, flags=0)

# Pools: definition
step("storagePoolDefineXml", xml=px("p1", uuid=U1), flags=0)
step("storagePoolDefineXml", xml=px("p1", uuid=U1), flags=2)
step("storagePoolDefineXml", xml=px("p2", uuid=U1, path="${ROOT}/p1"), flags=0)
step("storagePoolDefineXml", xml=px("p2", uuid=U1), flags=0)
step("storagePoolDefineXml", xml=px("p1", uuid=U2), flags=0)
step("storagePoolDefineXml", xml=px("p2", uuid=U2, path="${ROOT}//p1/"), flags=0)
step("storagePoolDefineXml", xml="<pool type='rbd'><name>r</name><source><name>x</name><host name='h'/></source></pool>", flags=0)
step("storagePoolDefineXml", xml=px("a\nb", path="${ROOT}/n"), flags=0)
step("storagePoolDefineXml", xml=px("a/b", path="${ROOT}/n"), flags=0)
step("storagePoolDefineXml", xml=px("n"), flags=0)
step("storagePoolDefineXml", xml="<pool", flags=0)
steps[-2:-1] = []  # its uuid is made up
connection.storagePoolLookupByName("n").undefine()

# Pools: inactive
for name in ("storagePoolNumOfVolumes", "storagePoolDestroy"):
    step(name, pool=P1)
step("storagePoolListAllVolumes", pool=P1, need_results=1, flags=0)
step("storagePoolListAllVolumes", pool=P1, need_results=1, flags=1)
step("storagePoolRefresh", pool=P1, flags=0)
step("storagePoolRefresh", pool=P1, flags=1)
step("storagePoolGetXmlDesc", pool=P1, flags=0)
step("storagePoolGetXmlDesc", pool=P1, flags=2)
step("storagePoolGetInfo", pool=P1)
for flags in (0, 8, 6):
    step("storagePoolCreate", pool=P1, flags=flags)
for flags in (1, 2, 4, 8, 12, 16, 0, 0):
    step("storagePoolBuild", pool=P1, flags=flags)
for flags in (1, 0, 0):
    step("storagePoolDelete", pool=P1, flags=flags)

# Pools: active
step("storagePoolCreate", pool=P1, flags=1)
for name in ("storagePoolIsActive", "storagePoolIsPersistent", "storagePoolGetAutostart", "storagePoolGetInfo", "storagePoolUndefine"):
    step(name, pool=P1)
step("storagePoolGetXmlDesc", pool=P1, flags=0)
step("storagePoolCreate", pool=P1, flags=0)
step("storagePoolBuild", pool=P1, flags=0)
step("storagePoolDelete", pool=P1, flags=0)
step("storagePoolSetAutostart", pool=P1, autostart=1)
step("storagePoolGetAutostart", pool=P1)
step("storagePoolSetAutostart", pool=P1, autostart=0)
step("storagePoolDefineXml", xml=px("p1", uuid=U1, path="${ROOT}/other", inner="<permissions><mode>0700</mode></permissions>"), flags=0)
step("storagePoolGetXmlDesc", pool=P1, flags=0)
step("storagePoolGetXmlDesc", pool=P1, flags=1)
step("storagePoolDefineXml", xml=px("p1", uuid=U1), flags=0)
for path in ("${ROOT}/p1", "${ROOT}//p1/", "${ROOT}/other", "rel", "", "/no//pe/"):
    step("storagePoolLookupByTargetPath", path=path)
step("storagePoolLookupByName", name="p1")
step("storagePoolLookupByName", name="nope")
step("storagePoolLookupByUuid", uuid=U1)
step("storagePoolLookupByUuid", uuid=U3)

# Pools: transient
step("storagePoolCreateXml", xml=px("p2", uuid=U2), flags=0)
step("storagePoolCreateXml", xml=px("p2", uuid=U2), flags=8)
step("storagePoolCreateXml", xml=px("p2", uuid=U2), flags=1)
step("storagePoolCreateXml", xml=px("p2", uuid=U2), flags=0)
step("storagePoolCreateXml", xml=px("p2", uuid=U3), flags=0)
step("storagePoolCreateXml", xml=px("p3", uuid=U3, path="${ROOT}/p2"), flags=0)
step("storagePoolSetAutostart", pool=P2, autostart=1)
step("storagePoolIsPersistent", pool=P2)
step("connectNumOfStoragePools")
step("connectNumOfDefinedStoragePools")
for flags in (0, 1, 2, 4, 8, 16, 32, 64, 128, 10, 1 << 20):
    step("connectListAllStoragePools", need_results=1, flags=flags)
step("storagePoolDestroy", pool=P2)
step("storagePoolIsActive", pool=P2)
step("storagePoolDefineXml", xml=px("p2", uuid=U2), flags=0)
step("storagePoolCreateXml", xml=px("p2", uuid=U2, path="${ROOT}/p3"), flags=1)
step("storagePoolGetXmlDesc", pool=P2, flags=1)
step("storagePoolDestroy", pool=P2)
step("storagePoolGetXmlDesc", pool=P2, flags=0)
step("storagePoolCreate", pool=P2, flags=0)

# Volumes
step("storageVolCreateXml", pool=P1, xml=vx("a"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("a"), flags=0)
step("storageVolGetXmlDesc", vol=vol("a"), flags=0)
step("storageVolGetXmlDesc", vol=vol("a"), flags=1)
step("storageVolGetInfo", vol=vol("a"))
step("storageVolGetInfoFlags", vol=vol("a"), flags=1)
step("storageVolGetInfoFlags", vol=vol("a"), flags=2)
for flags in (1, 2, 8):
    step("storageVolCreateXml", pool=P1, xml=vx("x"), flags=flags)
for name in ("a/b", "..", ".", "/etc/zz", "x" * 300):
    step("storageVolCreateXml", pool=P1, xml=vx(name), flags=0)
step("storageVolCreateXml", pool=P1, xml="<volume/>", flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("h", "<capacity unit='EiB'>1</capacity>"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("q", inner=QCOW2), flags=0)
step("storageVolGetXmlDesc", vol=vol("q"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("q2", inner=QCOW2.replace("</target>", "<compat>1.1</compat><clusterSize>131072</clusterSize><features><lazy_refcounts/></features></target>")), flags=0)
step("storageVolGetXmlDesc", vol=vol("q2"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("q3", inner=QCOW2.replace("</target>", "<compat>0.10</compat><features><lazy_refcounts/></features></target>")), flags=0)
BASE = "<backingStore><path>${ROOT}/p1/q</path><format type='qcow2'/></backingStore>"
step("storageVolCreateXml", pool=P1, xml=vx("ov", "", QCOW2 + BASE), flags=0)
step("storageVolGetXmlDesc", vol=vol("ov"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("ov2", inner=QCOW2 + BASE), flags=1)
step("storageVolCreateXml", pool=P1, xml=vx("ov3", inner=QCOW2 + BASE.replace("p1/q", "p1/no")), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("ov4", inner=BASE), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("ov5", "", QCOW2), flags=0)
for inner in (
    "<encryption format='luks'><secret type='passphrase' uuid='f52a81b2-424e-490c-823d-6bd4235bc572'/></encryption>",
    "<encryption format='default'/>",
    "<format type='ploop'/>",
    "<format type='nonsense'/>",
):
    step("storageVolCreateXml", pool=P1, xml=vx("e", inner=f"<target>{inner}</target>"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("d", inner="<target><format type='dir'/></target>"), flags=0)
step("storageVolGetInfo", vol=vol("d"))
shell("touch ${ROOT}/p1/there; ln -s /nowhere ${ROOT}/p1/dangling")
step("storageVolCreateXml", pool=P1, xml=vx("there"), flags=0)
step("storageVolCreateXml", pool=P1, xml=vx("dangling"), flags=0)
shell("rm ${ROOT}/p1/there ${ROOT}/p1/dangling")

# Volumes: copies
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c1", ""), clonevol=vol("a"), flags=0)
step("storageVolGetInfo", vol=vol("c1"))
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c1", ""), clonevol=vol("a"), flags=0)
step("storageVolCreateXmlFrom", pool=P2, xml=vx("c2", "<capacity>3000000</capacity>"), clonevol=vol("a"), flags=0)
step("storageVolGetInfo", vol=vol("c2", "p2"))
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c3", "", QCOW2), clonevol=vol("a"), flags=0)
step("storageVolGetXmlDesc", vol=vol("c3"), flags=0)
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c4", ""), clonevol=vol("q"), flags=0)
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c5", "", QCOW2 + BASE), clonevol=vol("ov"), flags=0)
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c6", "", QCOW2 + BASE.replace("p1/q", "p1/q2")), clonevol=vol("ov"), flags=0)
for flags in (1, 16):
    step("storageVolCreateXmlFrom", pool=P1, xml=vx("c7"), clonevol=vol("a"), flags=flags)
step("storageVolCreateXmlFrom", pool=P1, xml=vx("a/z"), clonevol=vol("a"), flags=0)

# Volumes: sizes
for capacity, flags in ((1048576, 0), (2097152, 0), (1048576, 0), (0, 0), (1048576, 4), (4096, 2), (1, 8), (1 << 62, 0), ((1 << 63) - 1, 2)):
    step("storageVolResize", vol=vol("a"), capacity=capacity, flags=flags)
    step("storageVolGetInfo", vol=vol("a"))
for capacity, flags in ((4194305, 0), (8388608, 1), (1048576, 4)):
    step("storageVolResize", vol=vol("q"), capacity=capacity, flags=flags)
    step("storageVolGetInfo", vol=vol("q"))
step("storageVolResize", vol=vol("c1"), capacity=2097152, flags=1)
step("storageVolResize", vol=vol("c1"), capacity=100, flags=4)

# Volumes: wiping and removing
step("storageVolWipe", vol=vol("a"), flags=0)
step("storageVolWipe", vol=vol("a"), flags=1)
for algorithm in (9, 10):
    step("storageVolWipePattern", vol=vol("a"), algorithm=algorithm, flags=0)
step("storageVolWipe", vol=vol("d"), flags=0)
step("storageVolWipe", vol=vol("q2"), flags=0)
for flags in (1, 2, 4):
    step("storageVolDelete", vol=vol("a"), flags=flags)
shell("touch ${ROOT}/p1/d/x; rm ${ROOT}/p1/c4")
step("storageVolDelete", vol=vol("d"), flags=0)
step("storageVolGetInfo", vol=vol("c4"))
step("storageVolDelete", vol=vol("c4"), flags=0)
for name in ("storageVolGetInfo", "storageVolGetPath"):
    step(name, vol=vol("c4"))
step("storageVolDelete", vol=vol("c4"), flags=0)
step("storageVolResize", vol=vol("c4"), capacity=1, flags=0)
step("storageVolCreateXmlFrom", pool=P1, xml=vx("c9"), clonevol=vol("c4"), flags=0)

# Volumes: lookup
step("storageVolLookupByName", pool=P1, name="a")
for name in ("nope", ""):
    step("storageVolLookupByName", pool=P1, name=name)
for key in ("${ROOT}/p1/a", "nope", "${ROOT}//p1/a"):
    step("storageVolLookupByKey", key=key)
for path in ("${ROOT}/p1/a", "${ROOT}//p1//a", "/nope", "//nope//x/", "a", "", "${ROOT}/p1", "${ROOT}/p1/../p1/a"):
    step("storageVolLookupByPath", path=path)

# Volumes: found, not made
shell("mkdir ${ROOT}/p2/sub; ln -s sub ${ROOT}/p2/dirlink; echo hi > ${ROOT}/p2/text; ln -s text ${ROOT}/p2/link; mkfifo ${ROOT}/p2/fifo; ln -s /nowhere ${ROOT}/p2/dangling; printf 'LUKS\\272\\276\\000\\001' > ${ROOT}/p2/luks; truncate -s 4M ${ROOT}/p2/luks")
IMAGES = ("-f qcow2 -o compat=0.10", "-f qcow2 -o lazy_refcounts=on,extended_l2=on,cluster_size=128k", "-f vmdk", "-f vdi", "-f vpc", "-f qed", "-f qcow", "-f qcow2 -u -b /nowhere/b.img -F raw", "-f qcow2 -b text -F raw", "-f qcow2 -u -b nbd://h/x -F raw")
for number, image in enumerate(IMAGES):
    name = "${ROOT}/p2/" + f"i{number}"
    shell(f"qemu-img create -q {image} {name} 10M")
shell("touch ${ROOT}/p2/last")
step("storagePoolRefresh", pool=P2, flags=0)
step("storagePoolNumOfVolumes", pool=P2)
for name in ("sub", "dirlink", "text", "link", "luks", *(f"i{number}" for number in range(len(IMAGES)))):
    step("storageVolGetXmlDesc", vol=vol(name, "p2"), flags=0)

# The end
shell("rm -rf ${ROOT}/p2")
step("storagePoolRefresh", pool=P2, flags=0)
step("storagePoolIsActive", pool=P2)
step("storageVolGetPath", vol=vol("text", "p2"))
step("storagePoolUndefine", pool=P2)
step("storagePoolDestroy", pool=P1)
step("storagePoolUndefine", pool=P1)
for name in ("storagePoolIsActive", "storagePoolGetInfo", "storagePoolDestroy", "storagePoolUndefine"):
    step(name, pool=P1)
step("storagePoolSetAutostart", pool=P1, autostart=1)

print('{\n "libvirt": "9.0.0",\n "recorder": "golden/storage/record.py",\n "steps": [')
print(",\n".join("  " + json.dumps(item, ensure_ascii=False) for item in steps))
print(" ]\n}")
