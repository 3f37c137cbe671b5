/*
 * Load by a client that speaks the wire protocol itself, on one thread with epoll: it costs little, so what is measured
 * is the daemon.
 *
 *   rawload [-p DAEMON_PID] [-t SECONDS] TEST ADDRESS DRIVER-URI [ARGS]
 *     ADDRESS: /path/to/socket or 127.0.0.1:PORT
 *
 *   call ADDRESS DRIVER dominfo|xml N DEPTH   N connections with DEPTH calls in flight on each
 *   events ADDRESS DRIVER N                   lifecycle events to N subscribers; the next call waits for all of them
 *   open ADDRESS DRIVER                       connect, auth list, open, close, one after the other
 */
#define _GNU_SOURCE
#include "measure.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>

enum { PROGRAM = 0x20008086, HEADER = 28, TYPE_REPLY = 1, TYPE_MESSAGE = 2 };
enum procedure {
    CONNECT_OPEN = 1,
    CONNECT_CLOSE = 2,
    DOMAIN_CREATE = 9,
    DOMAIN_DESTROY = 12,
    DOMAIN_GET_XML_DESC = 14,
    DOMAIN_GET_INFO = 16,
    AUTH_LIST = 66,
    CONNECT_LIST_ALL_DOMAINS = 273,
    EVENT_REGISTER_ANY = 316,
    EVENT_LIFECYCLE = 318,
};

struct connection {
    int fd;
    uint32_t serial;
    uint8_t *in;
    size_t capacity, filled;
    double *sent_at; /* by serial modulo depth */
    int depth;
};

static struct histogram latencies;
static int errors;

/* The domain that the calls are about, as it stood in the list: name, uuid, id. */
static uint8_t domain[256];
static size_t domain_size;

static void put(uint8_t **at, uint32_t value)
{
    value = htonl(value);
    memcpy(*at, &value, 4);
    *at += 4;
}

static uint32_t get(const uint8_t *at)
{
    uint32_t value;
    memcpy(&value, at, 4);
    return ntohl(value);
}

static uint32_t header_procedure(const uint8_t *packet) { return get(packet + 12); }
static uint32_t header_type(const uint8_t *packet) { return get(packet + 16); }
static uint32_t header_serial(const uint8_t *packet) { return get(packet + 20); }
static uint32_t header_status(const uint8_t *packet) { return get(packet + 24); }

/* Writes a call; returns its size. */
static size_t make_call(uint8_t *packet, uint32_t procedure, uint32_t serial, const uint8_t *body, size_t size)
{
    uint8_t *at = packet;
    put(&at, HEADER + size);
    put(&at, PROGRAM);
    put(&at, 1);
    put(&at, procedure);
    put(&at, 0);
    put(&at, serial);
    put(&at, 0);
    if (size) memcpy(at, body, size);
    return HEADER + size;
}

static size_t open_arguments(uint8_t *body, const char *driver)
{
    uint8_t *at = body;
    size_t size = strlen(driver), padded = (size + 3) & ~3u;
    put(&at, 1);
    put(&at, size);
    memset(at, 0, padded);
    memcpy(at, driver, size);
    at += padded;
    put(&at, 0);
    return at - body;
}

static int dial(const char *address)
{
    int fd, one = 1;
    if (*address == '/') {
        struct sockaddr_un to = { .sun_family = AF_UNIX };
        snprintf(to.sun_path, sizeof to.sun_path, "%s", address);
        fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect", strerror(errno));
        return fd;
    }
    char host[64];
    int port;
    if (sscanf(address, "%63[^:]:%d", host, &port) != 2) fail("address", address);
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };
    inet_pton(AF_INET, host, &to.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&to, sizeof to)) fail("connect", strerror(errno));
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

static void write_all(int fd, const uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t n = write(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) fail("write", strerror(errno));
        bytes += n;
        size -= n;
    }
}

static void read_all(int fd, uint8_t *bytes, size_t size)
{
    while (size) {
        ssize_t n = read(fd, bytes, size);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) fail("read", n ? strerror(errno) : "the daemon closed the connection");
        bytes += n;
        size -= n;
    }
}

/* One call of the set-up, answered before it returns; the caller frees the packet. */
static uint8_t *call(struct connection *c, uint32_t procedure, const uint8_t *body, size_t size)
{
    uint8_t packet[1024], length[4];
    write_all(c->fd, packet, make_call(packet, procedure, ++c->serial, body, size));
    for (;;) {
        read_all(c->fd, length, 4);
        uint8_t *reply = malloc(get(length));
        read_all(c->fd, reply + 4, get(length) - 4);
        if (header_type(reply) == TYPE_REPLY && header_serial(reply) == c->serial) {
            if (header_status(reply)) fail("call", "the daemon answered with an error");
            return reply;
        }
        free(reply);
    }
}

static void set_up(struct connection *c, const char *address, const char *driver)
{
    uint8_t body[512], *at = body;
    c->fd = dial(address);
    c->capacity = 1 << 16;
    c->in = malloc(c->capacity);
    free(call(c, AUTH_LIST, NULL, 0));
    free(call(c, CONNECT_OPEN, body, open_arguments(body, driver)));
    put(&at, 1);
    put(&at, 3);
    uint8_t *reply = call(c, CONNECT_LIST_ALL_DOMAINS, body, 8), *list = reply + HEADER;
    if (get(list) < 1) fail("list", "no domain");
    domain_size = 4 + ((get(list + 4) + 3) & ~3u) + 16 + 4;
    memcpy(domain, list + 4, domain_size);
    free(reply);
}

/* Takes what has arrived and hands over each whole packet. */
static void receive(struct connection *c, void (*on_packet)(struct connection *, const uint8_t *))
{
    ssize_t n = recv(c->fd, c->in + c->filled, c->capacity - c->filled, MSG_DONTWAIT);
    if (n == 0) fail("read", "the daemon closed the connection");
    if (n < 0) {
        if (errno == EAGAIN || errno == EINTR) return;
        fail("read", strerror(errno));
    }
    c->filled += n;
    size_t at = 0;
    while (c->filled - at >= 4) {
        uint32_t length = get(c->in + at);
        if (length > c->capacity) c->in = realloc(c->in, c->capacity = length * 2);
        if (c->filled - at < length) break;
        on_packet(c, c->in + at);
        at += length;
    }
    memmove(c->in, c->in + at, c->filled - at);
    c->filled -= at;
}

/* Calls that the replies of one read have made room for, sent in one write. */
static uint8_t next_calls[1 << 17];
static size_t next_size;
static uint32_t call_procedure;
static uint8_t call_body[512];
static size_t call_size;

static void on_reply(struct connection *c, const uint8_t *packet)
{
    if (header_type(packet) != TYPE_REPLY) return;
    if (header_status(packet)) errors++;
    uint32_t serial = header_serial(packet);
    double t = now();
    add_sample(&latencies, (t - c->sent_at[serial % c->depth]) * 1e6);
    c->sent_at[serial % c->depth] = t;
    next_size += make_call(next_calls + next_size, call_procedure, serial + c->depth, call_body, call_size);
}

static void test_call(const char *address, const char *driver, const char *what, int n, int depth)
{
    struct connection *all = calloc(n, sizeof *all);
    struct epoll_event ready[256];
    int epoll = epoll_create1(0);
    for (int i = 0; i < n; i++) {
        set_up(&all[i], address, driver);
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
        all[i].depth = depth;
        all[i].sent_at = calloc(depth, sizeof(double));
    }
    uint8_t *at = call_body;
    memcpy(at, domain, domain_size);
    at += domain_size;
    call_procedure = !strcmp(what, "xml") ? DOMAIN_GET_XML_DESC : DOMAIN_GET_INFO;
    if (call_procedure == DOMAIN_GET_XML_DESC) put(&at, 0);
    call_size = at - call_body;

    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    for (int i = 0; i < n; i++) {
        for (int d = 0; d < depth; d++) {
            uint8_t packet[1024];
            uint32_t serial = 1000u * depth + d;
            all[i].sent_at[serial % depth] = now();
            write_all(all[i].fd, packet, make_call(packet, call_procedure, serial, call_body, call_size));
        }
    }
    while (now() - start < seconds) {
        int count = epoll_wait(epoll, ready, 256, 5000);
        if (count == 0) fail("call", "no answer for 5 s");
        for (int i = 0; i < count; i++) {
            struct connection *c = &all[ready[i].data.u32];
            next_size = 0;
            receive(c, on_reply);
            if (next_size) write_all(c->fd, next_calls, next_size);
        }
    }
    report_rate(now() - start, &latencies, daemon_cpu() - cpu, own_cpu() - own, errors);
}

static long events_got, replies_got;
static double event_sent_at;

static void on_event(struct connection *c, const uint8_t *packet)
{
    (void)c;
    if (header_type(packet) == TYPE_MESSAGE && header_procedure(packet) == EVENT_LIFECYCLE) {
        add_sample(&latencies, (now() - event_sent_at) * 1e6);
        events_got++;
    } else if (header_type(packet) == TYPE_REPLY) {
        if (header_status(packet)) errors++;
        replies_got++;
    }
}

static void test_events(const char *address, const char *driver, int n)
{
    struct connection *all = calloc(n + 1, sizeof *all);
    struct epoll_event ready[256];
    int epoll = epoll_create1(0);
    for (int i = 0; i <= n; i++) {
        uint8_t body[64], *at = body;
        set_up(&all[i], address, driver);
        put(&at, 0);
        put(&at, 0);
        if (i) free(call(&all[i], EVENT_REGISTER_ANY, body, at - body));
        struct epoll_event event = { .events = EPOLLIN, .data.u32 = i };
        epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event);
    }
    /* Calls are not pipelined: libvirtd runs the calls of one connection side by side, so start would overtake destroy. */
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    long cycles = 0;
    while (now() - start < seconds || cycles & 1) {
        uint8_t packet[1024];
        event_sent_at = now();
        size_t size = make_call(packet, cycles & 1 ? DOMAIN_CREATE : DOMAIN_DESTROY, ++all[0].serial, domain, domain_size);
        write_all(all[0].fd, packet, size);
        cycles++;
        while (events_got < cycles * n || replies_got < cycles) {
            int count = epoll_wait(epoll, ready, 256, 5000);
            if (count == 0) fail("events", "some were lost");
            for (int i = 0; i < count; i++) receive(&all[ready[i].data.u32], on_event);
        }
    }
    report_rate(now() - start, &latencies, daemon_cpu() - cpu, own_cpu() - own, errors);
}

static void exchange(int fd, const uint8_t *packet, size_t size)
{
    uint8_t length[4], reply[1024];
    write_all(fd, packet, size);
    read_all(fd, length, 4);
    if (get(length) - 4 > sizeof reply) fail("open", "unexpected answer");
    read_all(fd, reply, get(length) - 4);
}

static void test_open(const char *address, const char *driver)
{
    uint8_t packet[1024], body[512];
    size_t size = open_arguments(body, driver);
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    while (now() - start < seconds) {
        double t = now();
        int fd = dial(address);
        exchange(fd, packet, make_call(packet, AUTH_LIST, 0, NULL, 0));
        exchange(fd, packet, make_call(packet, CONNECT_OPEN, 1, body, size));
        exchange(fd, packet, make_call(packet, CONNECT_CLOSE, 2, NULL, 0));
        close(fd);
        add_sample(&latencies, (now() - t) * 1e6);
    }
    report_rate(now() - start, &latencies, daemon_cpu() - cpu, own_cpu() - own, 0);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    int first = read_options(argc, argv);
    argv += first;
    argc -= first;
    if (argc < 3) {
        fprintf(stderr, "usage: see the head of rawload.c\n");
        return 2;
    }
    if (!strcmp(argv[0], "call") && argc > 5) test_call(argv[1], argv[2], argv[3], atoi(argv[4]), atoi(argv[5]));
    else if (!strcmp(argv[0], "events") && argc > 3) test_events(argv[1], argv[2], atoi(argv[3]));
    else if (!strcmp(argv[0], "open")) test_open(argv[1], argv[2]);
    else return 2;
    return 0;
}
