/*
 * Preloaded into gpucam, makes the guest's test camera look like a node that no driver here provides. PRETEND is
 *   raw       a node of Intel's IPU6: V4L2_CAP_IO_MC, Bayer data only
 *   bayer     an ordinary node with Bayer data only
 *   infrared  grey pictures only
 *   metadata  V4L2_CAP_META_CAPTURE
 * Only QUERYCAP and ENUM_FMT answer otherwise, and only on devices that are no v4l2loopback.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/videodev2.h>
#include <stdlib.h>
#include <string.h>

#include "syscall.h"

static int is_loopback(int fd)
{
	struct v4l2_capability cap;

	memset(&cap, 0, sizeof(cap));
	return next_ioctl(fd, VIDIOC_QUERYCAP, &cap) == 0 && !strcmp((const char *)cap.driver, "v4l2 loopback");
}

static long pretend(const char *what, int fd, unsigned request, void *argument)
{
	if (request == VIDIOC_QUERYCAP) {
		struct v4l2_capability *cap = argument;
		long done = next_ioctl(fd, request, argument);

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

static long our_ioctl(int device, unsigned request, void *argument)
{
	const char *what = getenv("PRETEND");
	int of_interest = request == VIDIOC_QUERYCAP || (request == VIDIOC_ENUM_FMT && ((struct v4l2_fmtdesc *)argument)->type ==
											  V4L2_BUF_TYPE_VIDEO_CAPTURE);

	if (what && of_interest && !is_loopback(device))
		return pretend(what, device, request, argument);
	return next_ioctl(device, request, argument);
}
