/* afl_loop.c -- from one input to the next under afl-fuzz, with half of the process switches.
 *
 * AFL++'s own loop stops the process after each input, and its fork server, which waits for that,
 * tells afl-fuzz and wakes it up again: a signal and two processes in between, which cost as much
 * as a short program takes. Here the process that runs the inputs tells afl-fuzz itself, in the
 * words of the fork server, which goes on waiting for it to die and tells of that as ever.
 *
 * Linked with --wrap=__afl_persistent_loop, in the place of what AFL++'s driver calls. */
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where afl-fuzz has the pipes of a fork server; in the process that it forks they are closed. */
enum { COMMANDS = 198, ANSWERS = 199, KEPT_FROM = 200 };

static int commands = -1;
static int answers = -1;

/* AFL++'s, of no header. */
extern uint8_t *__afl_area_ptr;
int __real___afl_persistent_loop(unsigned int runs);
int __wrap___afl_persistent_loop(unsigned int runs);

__attribute__((constructor)) static void
keep_pipes(void) {
  if (getenv("__AFL_PERSISTENT") == NULL) /* afl-fuzz does not want it */
    return;
  commands = fcntl(COMMANDS, F_DUPFD_CLOEXEC, KEPT_FROM);
  answers = fcntl(ANSWERS, F_DUPFD_CLOEXEC, KEPT_FROM);
}

/* Says that the input has been run and waits for the next one. 0: afl-fuzz is gone. */
static int
next_input(void) {
  int32_t stopped = W_STOPCODE(SIGSTOP);
  int32_t command;
  int32_t self = getpid();

  return write(answers, &stopped, sizeof(stopped)) == sizeof(stopped) &&
         read(commands, &command, sizeof(command)) == sizeof(command) &&
         write(answers, &self, sizeof(self)) == sizeof(self);
}

/* The first call is AFL++'s own, and the last one, which ends the process: its death is the answer
 * for the last input. */
int
__wrap___afl_persistent_loop(unsigned int runs) {
  static unsigned int left;
  int alone = commands < 0 || answers < 0;

  if (alone)
    return __real___afl_persistent_loop(runs);
  if (left == 0) {
    left = runs;
    return __real___afl_persistent_loop(1);
  }
  if (--left == 0)
    return __real___afl_persistent_loop(1);
  if (!next_input())
    _exit(EXIT_FAILURE);
  __afl_area_ptr[0] = 1; /* an empty map would count as no instrumentation */
  return 1;
}
