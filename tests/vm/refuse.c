/*
 * Preloaded into gpucam, simulates an older driver: the ioctl that REFUSE names fails with EINVAL, everything else goes to
 * the kernel. "buffers" is REQBUFS for output, "events" is SUBSCRIBE_EVENT. "streamon:28" lets STREAMON of a camera fail with
 * that error number.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "syscall.h"

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

static long our_ioctl(int device, unsigned request, void *argument)
{
	int error = refused(request, argument);

	if (!error)
		return next_ioctl(device, request, argument);
	errno = error;
	return -1;
}
