/*
 * Preloaded into gpucam, simulates an older driver: the ioctl that REFUSE names fails with EINVAL, everything else goes to
 * the kernel. "buffers" is REQBUFS for output, "events" is SUBSCRIBE_EVENT. "streamon:28" lets STREAMON of a camera fail with
 * that error number. The v4l crate calls ioctl through syscall().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* The error number, or 0. */
static int refused(unsigned request, const void *argument)
{
	const char *what = getenv("REFUSE");

	if (!what)
		return 0;
	if (!strncmp(what, "streamon:", 9))
		return request == VIDIOC_STREAMON && *(const int *)argument == V4L2_BUF_TYPE_VIDEO_CAPTURE ? atoi(what + 9) : 0;
	if (!strcmp(what, "events"))
		return request == VIDIOC_SUBSCRIBE_EVENT ? EINVAL : 0;
	return request == VIDIOC_REQBUFS &&
			       ((const struct v4l2_requestbuffers *)argument)->type == V4L2_BUF_TYPE_VIDEO_OUTPUT ?
		       EINVAL :
		       0;
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	int error = number == SYS_ioctl ? refused(words[1], (const void *)words[2]) : 0;
	if (error) {
		errno = error;
		return -1;
	}
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
