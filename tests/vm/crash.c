/*
 * Preloaded into gpucam, says on standard error where it crashed: each line names a program or library and the place in
 * it, for `addr2line -f -C -i -e PROGRAM PLACE`. A core would say more, but the guest's kernel writes none. The crash
 * then ends gpucam as it would without this.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { FRAMES = 64 };

static const int deadly[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE };

static void crashed(int number, siginfo_t *what, void *context)
{
	void *frames[FRAMES];
	char text[128];
	int length = snprintf(text, sizeof(text), "signal %d at address %p, code %d, in thread %ld:\n", number,
			      what->si_addr, what->si_code, syscall(SYS_gettid));

	(void)context;
	if (write(STDERR_FILENO, text, (size_t)length) == length)
		backtrace_symbols_fd(frames, backtrace(frames, FRAMES), STDERR_FILENO);
	/* SA_RESETHAND: the same again, now deadly. */
	raise(number);
}

/* Mesa's threads block every signal. A crash in one of them would end gpucam without a word. */
int pthread_sigmask(int how, const sigset_t *set, sigset_t *before)
{
	int (*next)(int, const sigset_t *, sigset_t *) = dlsym(RTLD_NEXT, "pthread_sigmask");
	sigset_t without;

	if (set && how != SIG_UNBLOCK) {
		without = *set;
		for (unsigned i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
			sigdelset(&without, deadly[i]);
		set = &without;
	}
	return next(how, set, before);
}

__attribute__((constructor)) static void begin(void)
{
	struct sigaction action;
	void *frame;

	/* The first call loads a library, which is too late in a handler. */
	backtrace(&frame, 1);
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = crashed;
	action.sa_flags = (int)(SA_SIGINFO | SA_RESETHAND | SA_NODEFER | SA_ONSTACK);
	for (unsigned i = 0; i < sizeof(deadly) / sizeof(*deadly); i++)
		sigaction(deadly[i], &action, NULL);
}
