/*
 * What this machine can do at most, without any protocol: 64-byte ping-pong and 256 KiB writes between two processes,
 * over a unix socket and over tcp on the loopback. One JSON line.
 */
#define _GNU_SOURCE
#include "measure.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/wait.h>

enum { MESSAGE = 64, BLOCK = 256 * 1024 };
static char block[BLOCK];

static void tcp_pair(int pair[2])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t size = sizeof address;
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, size);
    listen(listener, 1);
    getsockname(listener, (struct sockaddr *)&address, &size);
    pair[0] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(pair[0], (struct sockaddr *)&address, size)) fail("connect", strerror(errno));
    pair[1] = accept(listener, NULL, NULL);
    close(listener);
    for (int i = 0; i < 2; i++) setsockopt(pair[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

static int move(int fd, size_t size, int writing)
{
    for (size_t done = 0; done < size;) {
        ssize_t n = writing ? write(fd, block + done, size - done) : read(fd, block + done, size - done);
        if (n <= 0) return 0;
        done += n;
    }
    return 1;
}

/* The other process echoes messages, or swallows blocks. */
static pid_t start_peer(int tcp, int echo, int *fd)
{
    int pair[2];
    if (tcp) tcp_pair(pair);
    else if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair)) fail("socketpair", strerror(errno));
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        while (move(pair[1], echo ? MESSAGE : BLOCK, 0))
            if (echo) move(pair[1], MESSAGE, 1);
        _exit(0);
    }
    close(pair[1]);
    *fd = pair[0];
    return pid;
}

static double measure(int tcp, int echo)
{
    int fd;
    pid_t peer = start_peer(tcp, echo, &fd);
    double start = now(), elapsed;
    long rounds = 0;
    while ((elapsed = now() - start) < seconds) {
        move(fd, echo ? MESSAGE : BLOCK, 1);
        if (echo) move(fd, MESSAGE, 0);
        rounds++;
    }
    close(fd);
    waitpid(peer, NULL, 0);
    return rounds / elapsed;
}

int main(int argc, char **argv)
{
    read_options(argc, argv);
    double unix_rounds = measure(0, 1), tcp_rounds = measure(1, 1);
    printf("{\"unix_ping_pong_us\":%.1f,\"tcp_ping_pong_us\":%.1f,\"unix_mb_per_s\":%.0f,\"tcp_mb_per_s\":%.0f}\n",
           1e6 / unix_rounds, 1e6 / tcp_rounds, measure(0, 0) * BLOCK / 1e6, measure(1, 0) * BLOCK / 1e6);
    return 0;
}
