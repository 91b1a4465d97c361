/*
 * Preloaded into gpucam, makes the guest's test camera look like a node that no driver here provides. PRETEND is
 *   raw       a node of Intel's IPU6: V4L2_CAP_IO_MC, Bayer data only
 *   bayer     an ordinary node with Bayer data only
 *   infrared  grey pictures only
 *   metadata  V4L2_CAP_META_CAPTURE
 * Only QUERYCAP and ENUM_FMT answer otherwise, and only on devices that are no v4l2loopback. The v4l crate calls ioctl
 * through syscall().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

static long (*next)(long, ...);

static int is_loopback(int fd)
{
	struct v4l2_capability cap;

	memset(&cap, 0, sizeof(cap));
	return next(SYS_ioctl, fd, VIDIOC_QUERYCAP, &cap) == 0 && !strcmp((const char *)cap.driver, "v4l2 loopback");
}

static long pretend(const char *what, int fd, unsigned request, void *argument)
{
	if (request == VIDIOC_QUERYCAP) {
		struct v4l2_capability *cap = argument;
		long done = next(SYS_ioctl, fd, request, argument);

		if (!done && !strcmp(what, "raw")) {
			strcpy((char *)cap->driver, "isys");
			strcpy((char *)cap->card, "ipu6");
			cap->device_caps |= V4L2_CAP_IO_MC;
		} else if (!done && !strcmp(what, "metadata")) {
			cap->device_caps = V4L2_CAP_META_CAPTURE | V4L2_CAP_STREAMING;
		}
		return done;
	}
	struct v4l2_fmtdesc *format = argument;

	if (format->index > 0 || !strcmp(what, "metadata")) {
		errno = EINVAL;
		return -1;
	}
	format->pixelformat = !strcmp(what, "infrared") ? V4L2_PIX_FMT_GREY : V4L2_PIX_FMT_SGRBG10;
	return 0;
}

long syscall(long number, ...)
{
	const char *what = getenv("PRETEND");
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	if (what && number == SYS_ioctl) {
		unsigned request = words[1];
		int of_interest = request == VIDIOC_QUERYCAP ||
				  (request == VIDIOC_ENUM_FMT &&
				   ((struct v4l2_fmtdesc *)words[2])->type == V4L2_BUF_TYPE_VIDEO_CAPTURE);

		if (of_interest && !is_loopback(words[0]))
			return pretend(what, words[0], request, (void *)words[2]);
	}
	return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
