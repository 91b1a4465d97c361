/*
 * For programs that are preloaded into gpucam: the v4l crate calls ioctl through syscall(), which this wraps. Each defines
 * our_ioctl(), and goes on with next_ioctl().
 */
#include <dlfcn.h>
#include <stdarg.h>
#include <sys/syscall.h>

static long (*next_syscall)(long, ...);

static long our_ioctl(int device, unsigned request, void *argument);

static long next_ioctl(int device, unsigned request, void *argument)
{
	return next_syscall(SYS_ioctl, device, request, argument);
}

long syscall(long number, ...)
{
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	if (!next_syscall)
		next_syscall = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (number == SYS_ioctl)
		return our_ioctl(words[0], words[1], (void *)words[2]);
	return next_syscall(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
