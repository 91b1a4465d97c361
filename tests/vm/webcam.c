/*
 * Preloaded into gpucam, gives cameras two controls of USB cameras that no driver here has, each if its variable is set:
 *   SHUTTER  V4L2_CID_PRIVACY; the first character of the file with this name is its value, 1 for closed
 *   DIM      V4L2_CID_EXPOSURE_AUTO_PRIORITY, which is on
 */
#define _GNU_SOURCE
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "syscall.h"

static int has(unsigned id)
{
	return (id == V4L2_CID_PRIVACY && getenv("SHUTTER")) || (id == V4L2_CID_EXPOSURE_AUTO_PRIORITY && getenv("DIM"));
}

static int is_closed(void)
{
	FILE *file = fopen(getenv("SHUTTER"), "r");
	int closed = file && fgetc(file) == '1';

	if (file)
		fclose(file);
	return closed;
}

/* Whether the call is answered here. */
static int answered(unsigned request, void *argument)
{
	if (request == VIDIOC_QUERY_EXT_CTRL) {
		struct v4l2_query_ext_ctrl *control = argument;
		unsigned id = control->id;

		if (!has(id))
			return 0;
		memset(control, 0, sizeof(*control));
		control->id = id;
		control->type = V4L2_CTRL_TYPE_BOOLEAN;
		control->maximum = control->step = 1;
		control->flags = id == V4L2_CID_PRIVACY ? V4L2_CTRL_FLAG_READ_ONLY : 0;
		strcpy(control->name, id == V4L2_CID_PRIVACY ? "Privacy" : "Exposure, Dynamic Framerate");
		return 1;
	}
	if (request == VIDIOC_G_CTRL && has(((struct v4l2_control *)argument)->id)) {
		struct v4l2_control *control = argument;

		control->value = control->id == V4L2_CID_PRIVACY ? is_closed() : 1;
		return 1;
	}
	return 0;
}

static long our_ioctl(int device, unsigned request, void *argument)
{
	return answered(request, argument) ? 0 : next_ioctl(device, request, argument);
}
