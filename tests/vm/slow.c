/*
 * Preloaded into gpucam, simulates a machine that is busy at the wrong moment: the first buffer that is mapped after
 * v4l2loopback was asked for its time-out picture is mapped three seconds late. With EARLY set, the time-out is on before
 * that. The v4l crate calls ioctl through syscall().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TIMEOUT = 0x0098f902, TIMEOUT_IMAGE_IO = 0x0098f903 };

static int asked;

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_ioctl && (unsigned)words[1] == VIDIOC_S_CTRL) {
		struct v4l2_control *control = (void *)words[2];

		if (control->id == TIMEOUT_IMAGE_IO)
			asked = 1;
		else if (control->id == TIMEOUT && control->value == 0 && getenv("EARLY"))
			control->value = 1000;
	}
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

static void *map(void *at, size_t length, int protection, int flags, int file, off_t offset)
{
	static void *(*next)(void *, size_t, int, int, int, off_t);

	if (asked && file >= 0) {
		asked = 0;
		sleep(3);
	}
	if (!next)
		next = (void *(*)(void *, size_t, int, int, int, off_t))dlsym(RTLD_NEXT, "mmap");
	return next(at, length, protection, flags, file, offset);
}

void *mmap(void *at, size_t length, int protection, int flags, int file, off_t offset)
{
	return map(at, length, protection, flags, file, offset);
}

void *mmap64(void *at, size_t length, int protection, int flags, int file, off_t offset)
{
	return map(at, length, protection, flags, file, offset);
}
