/*
 * Load through libvirt's own C client library. Works on any daemon that speaks the protocol.
 *
 *   clientload [-p DAEMON_PID] [-t SECONDS] TEST URI [ARGS...]
 *
 *   latency URI dominfo|nodeinfo|xml    one call after the other on one connection
 *   threads URI N                       N threads on one connection, dominfo
 *   connections URI N                   N connections with a thread each, dominfo
 *   list URI TIMES                      virConnectListAllDomains
 *   stats URI TIMES                     virConnectGetAllDomainStats
 *   connect URI                         open and close, one after the other
 *   hold URI N                          opens N connections and keeps them: memory each, CPU while idle
 *   events URI N                        lifecycle events to N subscribed connections
 *   stream URI POOL-DIRECTORY MIB       upload and download of a volume
 *   command TIMES COMMAND ARGS...       wall time of a command
 *   startup URI COMMAND ARGS...         from the start of a daemon to its first answer; memory idle and per connection
 */
#define _GNU_SOURCE
#include "measure.h"
#include <fcntl.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static void fail_libvirt(const char *what)
{
    const virError *error = virGetLastError();
    fail(what, error && error->message ? error->message : strerror(errno));
}

static void keep_quiet(void *opaque, virErrorPtr error)
{
    (void)opaque;
    (void)error;
}

static virConnectPtr open_connection(const char *uri)
{
    virConnectPtr connection = virConnectOpen(uri);
    if (!connection) fail_libvirt("open");
    return connection;
}

static virDomainPtr first_domain(virConnectPtr connection)
{
    virDomainPtr *list = NULL;
    int n = virConnectListAllDomains(connection, &list, 0);
    if (n < 1) fail_libvirt("no domain");
    virDomainPtr first = list[0];
    for (int i = 1; i < n; i++) virDomainFree(list[i]);
    free(list);
    return first;
}

enum kind { DOMINFO, NODEINFO, XML };

struct worker {
    virConnectPtr connection;
    virDomainPtr domain;
    enum kind kind;
    struct histogram latencies;
    volatile int *stop;
    int errors;
    pthread_t thread;
};

static int call_once(struct worker *w)
{
    virDomainInfo domain_info;
    virNodeInfo node_info;
    char *xml;
    switch (w->kind) {
    case DOMINFO: return virDomainGetInfo(w->domain, &domain_info);
    case NODEINFO: return virNodeGetInfo(w->connection, &node_info);
    case XML:
        if (!(xml = virDomainGetXMLDesc(w->domain, 0))) return -1;
        free(xml);
        return 0;
    }
    return -1;
}

static void test_latency(const char *uri, const char *kind)
{
    static struct worker w;
    w.connection = open_connection(uri);
    w.domain = first_domain(w.connection);
    w.kind = !strcmp(kind, "xml") ? XML : !strcmp(kind, "nodeinfo") ? NODEINFO : DOMINFO;
    for (int i = 0; i < 200; i++)
        if (call_once(&w) < 0) fail_libvirt("latency");
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    while (now() - start < seconds) {
        double t = now();
        if (call_once(&w) < 0) fail_libvirt("latency");
        add_sample(&w.latencies, (now() - t) * 1e6);
    }
    report_rate(now() - start, &w.latencies, daemon_cpu() - cpu, own_cpu() - own, 0);
}

static void *work(void *opaque)
{
    struct worker *w = opaque;
    while (!*w->stop && w->errors < 5) {
        double t = now();
        if (call_once(w) < 0) w->errors++;
        add_sample(&w->latencies, (now() - t) * 1e6);
    }
    return NULL;
}

static void test_parallel(const char *uri, int n, int one_connection)
{
    struct worker *w = calloc(n, sizeof *w);
    struct histogram *all = calloc(1, sizeof *all);
    volatile int stop = 0;
    int errors = 0;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 * 1024);
    for (int i = 0; i < n; i++) {
        w[i].stop = &stop;
        w[i].connection = one_connection && i ? w[0].connection : open_connection(uri);
        w[i].domain = one_connection && i ? w[0].domain : first_domain(w[i].connection);
    }
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    for (int i = 0; i < n; i++)
        if (pthread_create(&w[i].thread, &attributes, work, &w[i])) fail("thread", strerror(errno));
    usleep((useconds_t)(seconds * 1e6));
    stop = 1;
    for (int i = 0; i < n; i++) pthread_join(w[i].thread, NULL);
    double elapsed = now() - start;
    cpu = daemon_cpu() - cpu;
    own = own_cpu() - own;
    for (int i = 0; i < n; i++) {
        all->count += w[i].latencies.count;
        for (int s = 0; s < STEPS; s++) all->steps[s] += w[i].latencies.steps[s];
        if (w[i].latencies.max_us > all->max_us) all->max_us = w[i].latencies.max_us;
        errors += w[i].errors;
    }
    report_rate(elapsed, all, cpu, own, errors);
    for (int i = 0; i < (one_connection ? 1 : n); i++) {
        virDomainFree(w[i].domain);
        virConnectClose(w[i].connection);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static void report_times(double *ms, int n, long items, double cpu)
{
    qsort(ms, n, sizeof *ms, compare_doubles);
    printf("{\"ms\":%.3f,\"ms_min\":%.3f,\"ms_max\":%.3f,\"times\":%d,\"items\":%ld,\"daemon_cpu_ms\":%.3f}\n",
           ms[n / 2], ms[0], ms[n - 1], n, items, cpu * 1e3 / n);
    fflush(stdout);
}

static long list_once(virConnectPtr connection)
{
    virDomainPtr *list = NULL;
    int n = virConnectListAllDomains(connection, &list, 0);
    if (n < 0) fail_libvirt("list");
    for (int i = 0; i < n; i++) virDomainFree(list[i]);
    free(list);
    return n;
}

static long stats_once(virConnectPtr connection)
{
    virDomainStatsRecordPtr *list = NULL;
    int n = virConnectGetAllDomainStats(connection, 0, &list, 0);
    if (n < 0) fail_libvirt("stats");
    virDomainStatsRecordListFree(list);
    return n;
}

static void test_list(const char *uri, int times, long (*once)(virConnectPtr))
{
    double *ms = calloc(times, sizeof *ms);
    virConnectPtr connection = open_connection(uri);
    long items = once(connection);
    double cpu = daemon_cpu();
    for (int i = 0; i < times; i++) {
        double t = now();
        once(connection);
        ms[i] = (now() - t) * 1e3;
    }
    report_times(ms, times, items, daemon_cpu() - cpu);
    virConnectClose(connection);
}

static void test_connect(const char *uri)
{
    struct histogram *h = calloc(1, sizeof *h);
    virConnectClose(open_connection(uri));
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    while (now() - start < seconds) {
        double t = now();
        virConnectClose(open_connection(uri));
        add_sample(h, (now() - t) * 1e6);
    }
    report_rate(now() - start, h, daemon_cpu() - cpu, own_cpu() - own, 0);
}

/* Long enough for a daemon to have given back what it is going to give back. */
static void let_settle(void) { usleep(300000); }

static void test_hold(const char *uri, int n)
{
    virConnectPtr *held = calloc(n, sizeof *held);
    long before = daemon_rss();
    for (int i = 0; i < n; i++) held[i] = open_connection(uri);
    let_settle();
    long with = daemon_rss();
    double cpu = daemon_cpu();
    sleep(3);
    double idle = (daemon_cpu() - cpu) / 3 * 100;
    for (int i = 0; i < n; i++) virConnectClose(held[i]);
    let_settle();
    printf("{\"kib_per_100\":%.0f,\"rss_before_kib\":%ld,\"rss_with_kib\":%ld,\"rss_after_kib\":%ld,\"idle_cpu_percent\":%.2f}\n",
           (with - before) * 100.0 / n, before, with, daemon_rss(), idle);
}

static struct {
    pthread_mutex_t lock;
    pthread_cond_t all_here;
    struct histogram latencies;
    long got, wanted;
    double sent_at;
} events = { .lock = PTHREAD_MUTEX_INITIALIZER, .all_here = PTHREAD_COND_INITIALIZER };

static int on_lifecycle(virConnectPtr connection, virDomainPtr domain, int event, int detail, void *opaque)
{
    (void)connection, (void)domain, (void)event, (void)detail, (void)opaque;
    double t = now();
    pthread_mutex_lock(&events.lock);
    add_sample(&events.latencies, (t - events.sent_at) * 1e6);
    if (++events.got >= events.wanted) pthread_cond_signal(&events.all_here);
    pthread_mutex_unlock(&events.lock);
    return 0;
}

static void *run_event_loop(void *opaque)
{
    while (virEventRunDefaultImpl() >= 0) {}
    return opaque;
}

static void test_events(const char *uri, int n)
{
    pthread_t thread;
    virEventRegisterDefaultImpl();
    virConnectPtr *subscribers = calloc(n, sizeof *subscribers), connection = open_connection(uri);
    virDomainPtr domain = first_domain(connection);
    pthread_create(&thread, NULL, run_event_loop, NULL);
    for (int i = 0; i < n; i++) {
        subscribers[i] = open_connection(uri);
        if (virConnectDomainEventRegisterAny(subscribers[i], NULL, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                             VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), NULL, NULL) < 0)
            fail_libvirt("events");
    }
    double cpu = daemon_cpu(), own = own_cpu(), start = now();
    long cycles = 0;
    /* An even number of calls leaves the domain running. */
    while (now() - start < seconds || cycles & 1) {
        struct timespec deadline;
        pthread_mutex_lock(&events.lock);
        events.wanted = events.got + n;
        events.sent_at = now();
        pthread_mutex_unlock(&events.lock);
        if ((cycles++ & 1 ? virDomainCreate(domain) : virDomainDestroy(domain)) < 0) fail_libvirt("events");
        clock_gettime(CLOCK_REALTIME, &deadline);
        deadline.tv_sec += 5;
        pthread_mutex_lock(&events.lock);
        while (events.got < events.wanted)
            if (pthread_cond_timedwait(&events.all_here, &events.lock, &deadline)) fail("events", "some were lost");
        pthread_mutex_unlock(&events.lock);
    }
    report_rate(now() - start, &events.latencies, daemon_cpu() - cpu, own_cpu() - own, 0);
    for (int i = 0; i < n; i++) virConnectClose(subscribers[i]);
}

static double move_bytes(virStorageVolPtr volume, virStreamPtr stream, int upload, long long bytes)
{
    enum { CHUNK = 256 * 1024 };
    static char chunk[CHUNK];
    for (size_t i = 0; i < sizeof chunk; i++) chunk[i] = (char)(i * 2654435761u >> 13);
    double start = now();
    long long moved = 0;
    if ((upload ? virStorageVolUpload(volume, stream, 0, bytes, 0) : virStorageVolDownload(volume, stream, 0, 0, 0)) < 0)
        fail_libvirt("stream");
    while (moved < bytes) {
        int n = upload ? virStreamSend(stream, chunk, sizeof chunk) : virStreamRecv(stream, chunk, sizeof chunk);
        if (n < 0) fail_libvirt("stream");
        if (n == 0) break;
        moved += n;
    }
    if (virStreamFinish(stream) < 0) fail_libvirt("stream");
    if (moved != bytes) fail("stream", "not all bytes were moved");
    return now() - start;
}

static void test_stream(const char *uri, const char *directory, int mib)
{
    char xml[1024];
    long long bytes = (long long)mib << 20;
    virConnectPtr connection = open_connection(uri);
    mkdir(directory, 0777);
    snprintf(xml, sizeof xml, "<pool type='dir'><name>bench</name><target><path>%s</path></target></pool>", directory);
    virStoragePoolPtr pool = virStoragePoolLookupByName(connection, "bench");
    if (!pool && !(pool = virStoragePoolCreateXML(connection, xml, 0))) fail_libvirt("pool");
    virStorageVolPtr volume = virStorageVolLookupByName(pool, "big.img");
    if (volume) virStorageVolDelete(volume, 0);
    snprintf(xml, sizeof xml,
             "<volume><name>big.img</name><capacity unit='MiB'>%d</capacity><allocation unit='MiB'>%d</allocation>"
             "<target><format type='raw'/></target></volume>",
             mib, mib);
    if (!(volume = virStorageVolCreateXML(pool, xml, 0))) fail_libvirt("volume");
    double cpu = daemon_cpu();
    double up = move_bytes(volume, virStreamNew(connection, 0), 1, bytes);
    double up_cpu = daemon_cpu() - cpu;
    double down = move_bytes(volume, virStreamNew(connection, 0), 0, bytes);
    printf("{\"upload_mb_per_s\":%.0f,\"download_mb_per_s\":%.0f,\"upload_cpu_s\":%.2f,\"download_cpu_s\":%.2f}\n",
           bytes / up / 1e6, bytes / down / 1e6, up_cpu, daemon_cpu() - cpu - up_cpu);
    virStorageVolDelete(volume, 0);
    virStoragePoolDestroy(pool);
    virConnectClose(connection);
}

static pid_t start_silently(char **argv)
{
    pid_t pid = fork();
    if (pid) return pid;
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    dup2(null, 2);
    execvp(argv[0], argv);
    _exit(127);
}

static void test_command(int times, char **argv)
{
    double *ms = calloc(times, sizeof *ms);
    for (int i = -1; i < times; i++) {
        double t = now();
        int status;
        waitpid(start_silently(argv), &status, 0);
        if (status) fail(argv[0], "the command failed");
        if (i >= 0) ms[i] = (now() - t) * 1e3;
    }
    report_times(ms, times, 1, 0);
}

static void test_startup(const char *uri, char **argv)
{
    enum { FIRST = 100, ALL = 500 };
    virConnectPtr connection = NULL, held[ALL];
    double start = now();
    daemon_pid = start_silently(argv);
    while (!connection && now() - start < 30) {
        connection = virConnectOpen(uri);
        if (!connection) usleep(500);
    }
    double ms = (now() - start) * 1e3;
    if (!connection) fail_libvirt("startup");
    virConnectClose(connection);
    let_settle();
    long idle = daemon_rss();
    for (int i = 0; i < FIRST; i++) held[i] = open_connection(uri);
    let_settle();
    long first = daemon_rss();
    for (int i = FIRST; i < ALL; i++) held[i] = open_connection(uri);
    let_settle();
    long all = daemon_rss();
    for (int i = 0; i < ALL; i++) virConnectClose(held[i]);
    double stop = now();
    int status;
    kill(daemon_pid, SIGTERM);
    waitpid(daemon_pid, &status, 0);
    printf("{\"ms\":%.1f,\"rss_idle_kib\":%ld,\"kib_first_100\":%ld,\"kib_per_further_100\":%.0f,\"stop_ms\":%.1f}\n", ms, idle,
           first - idle, (all - first) / 4.0, (now() - stop) * 1e3);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    int first = read_options(argc, argv);
    argv += first;
    argc -= first;
    if (argc < 2) {
        fprintf(stderr, "usage: see the head of clientload.c\n");
        return 2;
    }
    virInitialize();
    virSetErrorFunc(NULL, keep_quiet);
    const char *test = argv[0], *uri = argv[1], *argument = argc > 2 ? argv[2] : "";
    if (!strcmp(test, "latency")) test_latency(uri, argument);
    else if (!strcmp(test, "threads")) test_parallel(uri, atoi(argument), 1);
    else if (!strcmp(test, "connections")) test_parallel(uri, atoi(argument), 0);
    else if (!strcmp(test, "list")) test_list(uri, atoi(argument), list_once);
    else if (!strcmp(test, "stats")) test_list(uri, atoi(argument), stats_once);
    else if (!strcmp(test, "connect")) test_connect(uri);
    else if (!strcmp(test, "hold")) test_hold(uri, atoi(argument));
    else if (!strcmp(test, "events")) test_events(uri, atoi(argument));
    else if (!strcmp(test, "stream") && argc > 3) test_stream(uri, argument, atoi(argv[3]));
    else if (!strcmp(test, "command") && argc > 2) test_command(atoi(argv[1]), argv + 2);
    else if (!strcmp(test, "startup") && argc > 2) test_startup(uri, argv + 2);
    else return 2;
    return 0;
}
