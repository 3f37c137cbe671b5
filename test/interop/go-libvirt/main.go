// A session of go-libvirt, the client under Terraform's provider: domains, events, errors, volumes, streams.
// Arguments: the port on 127.0.0.1, a directory for a pool, and the URI of a storage driver when the daemon has one.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	libvirt "github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

func must(what string, err error) {
	if err != nil {
		fmt.Println("failed:", what, err)
		os.Exit(1)
	}
}

func open(uri string) *libvirt.Libvirt {
	l := libvirt.NewWithDialer(dialers.NewRemote("127.0.0.1", dialers.UsePort(os.Args[1])))
	must("connect", l.ConnectToURI(libvirt.ConnectURI(uri)))
	return l
}

const guest = "<domain type='test'><name>go</name><memory>1024</memory><os><type>hvm</type></os></domain>"

func domains(l *libvirt.Libvirt) {
	_, err := l.ConnectGetLibVersion()
	must("version", err)
	list, _, err := l.ConnectListAllDomains(1, 0)
	must("list", err)
	for _, d := range list {
		fmt.Println("domain", d.Name, d.ID)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	events, err := l.LifecycleEvents(ctx)
	must("events", err)
	d, err := l.DomainDefineXML(guest)
	must("define", err)
	must("create", l.DomainCreate(d))
	must("destroy", l.DomainDestroy(d))
	must("undefine", l.DomainUndefine(d))
	for i := 0; i < 4; i++ {
		e := <-events
		fmt.Println("event", e.Dom.Name, e.Event, e.Detail)
	}
	_, err = l.DomainLookupByName("nothing")
	fmt.Println("lookup:", err, libvirt.IsNotFound(err))
}

func volumes(l *libvirt.Libvirt) {
	p, err := l.StoragePoolLookupByName("default-pool")
	must("pool", err)
	xml := "<volume><name>v.img</name><capacity unit='bytes'>4096</capacity></volume>"
	v, err := l.StorageVolCreateXML(p, xml, 0)
	must("create volume", err)
	fmt.Println("volume", v.Name, v.Key)
	must("delete volume", l.StorageVolDelete(v, 0))
}

func streams(l *libvirt.Libvirt, directory string) {
	data := bytes.Repeat([]byte("0123456789abcdef"), 300000)
	pool := "<pool type='dir'><name>go</name><target><path>" + directory + "</path></target></pool>"
	p, err := l.StoragePoolDefineXML(pool, 0)
	must("define pool", err)
	must("build pool", l.StoragePoolBuild(p, 0))
	must("start pool", l.StoragePoolCreate(p, 0))
	xml := fmt.Sprintf("<volume><name>v</name><capacity unit='bytes'>%d</capacity></volume>", len(data))
	v, err := l.StorageVolCreateXML(p, xml, 0)
	must("create volume", err)
	must("upload", l.StorageVolUpload(v, bytes.NewReader(data), 0, uint64(len(data)), 0))
	var back bytes.Buffer
	must("download", l.StorageVolDownload(v, &back, 0, 0, 0))
	fmt.Println("stream equal", bytes.Equal(back.Bytes(), data))
	must("delete volume", l.StorageVolDelete(v, 0))
	must("stop pool", l.StoragePoolDestroy(p))
	must("undefine pool", l.StoragePoolUndefine(p))
}

func main() {
	l := open("test:///default")
	domains(l)
	volumes(l)
	must("close", l.Disconnect())
	if len(os.Args) > 3 {
		s := open(os.Args[3])
		streams(s, os.Args[2])
		must("close", s.Disconnect())
	}
	fmt.Println("done")
}
