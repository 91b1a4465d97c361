/*
 * Preloaded into gpucam: a loopback that gives no buffers, as old drivers and other programs' loopbacks do. REQBUFS for
 * output is EINVAL, everything else goes to the kernel. The v4l crate calls ioctl through syscall().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/syscall.h>

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	long words[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		words[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_ioctl && (unsigned)words[1] == VIDIOC_REQBUFS &&
	    ((struct v4l2_requestbuffers *)words[2])->type == V4L2_BUF_TYPE_VIDEO_OUTPUT) {
		errno = EINVAL;
		return -1;
	}
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
