/* What the load programs share: clocks, CPU and memory of the daemon, latency histograms, one JSON line a figure. */
#ifndef MEASURE_H
#define MEASURE_H

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

/* Set by read_options: how long a rate is measured, and the daemon's process id (0 when it is not to be watched). */
static double seconds = 2.0;
static int daemon_pid;

/* -p PID, -t SECONDS; returns the index of the first other argument. */
static int read_options(int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "+p:t:")) != -1) {
        switch (option) {
        case 'p': daemon_pid = atoi(optarg); break;
        case 't': seconds = atof(optarg); break;
        default: exit(2);
        }
    }
    return optind;
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

/* CPU seconds that the daemon's threads have used, in steps of 10 ms (fields 14 and 15 of /proc/PID/stat). */
__attribute__((unused)) static double daemon_cpu(void)
{
    char path[64], text[1024];
    unsigned long user = 0, system = 0;
    if (!daemon_pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/stat", daemon_pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = 0;
    /* The command name may hold spaces; the fields after it do not. */
    char *after = strrchr(text, ')');
    if (!after || sscanf(after + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return 0;
    return (double)(user + system) / sysconf(_SC_CLK_TCK);
}

/* Resident memory of the daemon in KiB. */
__attribute__((unused)) static long daemon_rss(void)
{
    char path[64], line[256];
    long rss = 0;
    if (!daemon_pid) return 0;
    snprintf(path, sizeof path, "/proc/%d/status", daemon_pid);
    FILE *file = fopen(path, "r");
    if (!file) return 0;
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "VmRSS: %ld", &rss) == 1) break;
    fclose(file);
    return rss;
}

__attribute__((unused)) static double own_cpu(void)
{
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return use.ru_utime.tv_sec + use.ru_utime.tv_usec * 1e-6 + use.ru_stime.tv_sec + use.ru_stime.tv_usec * 1e-6;
}

/* A histogram in steps of 0.5 %: bounded memory for any number of samples. */
#define STEPS 4096
struct histogram {
    uint64_t count, steps[STEPS];
    double max_us;
};

__attribute__((unused)) static void add_sample(struct histogram *h, double us)
{
    int step = us <= 0.1 ? 0 : (int)(log(us / 0.1) / 0.005);
    if (step < 0) step = 0;
    if (step >= STEPS) step = STEPS - 1;
    h->steps[step]++;
    h->count++;
    if (us > h->max_us) h->max_us = us;
}

static double quantile(const struct histogram *h, double q)
{
    uint64_t wanted = (uint64_t)(q * h->count), seen = 0;
    for (int i = 0; i < STEPS; i++) {
        seen += h->steps[i];
        if (seen > wanted) return 0.1 * exp((i + 0.5) * 0.005);
    }
    return h->max_us;
}

/* Ends the program with the reason where the figures would have been. */
static void fail(const char *what, const char *why)
{
    printf("{\"error\":\"%s: %s\"}\n", what, why);
    exit(1);
}

/* Calls a second, latencies, CPU a call, of `elapsed` seconds; `cpu` and `own` are CPU seconds of daemon and client. */
__attribute__((unused)) static void report_rate(double elapsed, const struct histogram *h, double cpu, double own, int errors)
{
    double n = h->count ? (double)h->count : 1;
    if (errors) fail("calls", "the daemon answered with errors");
    printf("{\"calls_per_s\":%.1f,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.0f,\"count\":%llu,"
           "\"daemon_cpu_us\":%.2f,\"client_cpu_us\":%.2f}\n",
           h->count / elapsed, quantile(h, .5), quantile(h, .99), h->max_us, (unsigned long long)h->count,
           cpu / n * 1e6, own / n * 1e6);
    fflush(stdout);
}

#endif
