/*
 * Preloaded into gpucam, simulates a machine that is busy at the wrong moment: the first buffer that is mapped after
 * v4l2loopback was asked for its time-out picture is mapped three seconds late. With EARLY set, the time-out is on before
 * that.
 */
#define _GNU_SOURCE
#include <linux/videodev2.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "syscall.h"

enum { TIMEOUT = 0x0098f902, TIMEOUT_IMAGE_IO = 0x0098f903 };

static int asked;

static long our_ioctl(int device, unsigned request, void *argument)
{
	if (request == VIDIOC_S_CTRL) {
		struct v4l2_control *control = argument;

		if (control->id == TIMEOUT_IMAGE_IO)
			asked = 1;
		else if (control->id == TIMEOUT && control->value == 0 && getenv("EARLY"))
			control->value = 1000;
	}
	return next_ioctl(device, request, argument);
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
