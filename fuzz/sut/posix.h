/* posix.h -- what a stack calls in the place of the system (posix.syms says by which name): sockets
 * of the simulated network, simulated time, counted memory, seeded randomness. Nothing of it
 * reaches the system, so a run repeats to the byte. */
#ifndef FUZZ_SUT_POSIX_H_
#define FUZZ_SUT_POSIX_H_

#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <time.h>

int sut_accept(int fd, struct sockaddr *address, socklen_t *length);
int sut_bind(int fd, const struct sockaddr *address, socklen_t length);
int sut_clock_gettime(clockid_t clock, struct timespec *now);
int sut_close(int fd);
int sut_connect(int fd, const struct sockaddr *address, socklen_t length);
int sut_epoll_create1(int flags);
int sut_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
int sut_epoll_wait(int epoll, struct epoll_event *events, int max, int timeout);
int sut_getpeername(int fd, struct sockaddr *address, socklen_t *length);
int sut_getsockname(int fd, struct sockaddr *address, socklen_t *length);
int sut_getsockopt(int fd, int level, int name, void *value, socklen_t *length);
int sut_ioctl(int fd, unsigned long request, ...);
int sut_listen(int fd, int backlog);
int sut_setsockopt(int fd, int level, int name, const void *value, socklen_t length);
int sut_socket(int family, int type, int protocol);
int sut_timerfd_create(int clock, int flags);
int sut_timerfd_settime(int fd, int flags, const struct itimerspec *set, struct itimerspec *old);
ssize_t sut_getrandom(void *buffer, size_t length, unsigned int flags);
ssize_t sut_read(int fd, void *buffer, size_t size);
ssize_t sut_recv(int fd, void *buffer, size_t size, int flags);
ssize_t sut_recvmsg(int fd, struct msghdr *message, int flags);
ssize_t sut_send(int fd, const void *data, size_t length, int flags);
ssize_t sut_sendmsg(int fd, const struct msghdr *message, int flags);
void *sut_calloc(size_t count, size_t size);
void *sut_malloc(size_t size);
void *sut_realloc(void *block, size_t size);
void sut_free(void *block);

#endif /* FUZZ_SUT_POSIX_H_ */
