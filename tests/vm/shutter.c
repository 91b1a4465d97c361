/*
 * Preloaded into gpucam, gives cameras the control V4L2_CID_PRIVACY, which vivid does not have. Its value is the first
 * character of the file that SHUTTER names: 1 is closed. The v4l crate calls ioctl through syscall().
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <linux/videodev2.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

/* Whether the call is answered here. */
static int answered(unsigned request, void *argument)
{
	if (request == VIDIOC_QUERY_EXT_CTRL) {
		struct v4l2_query_ext_ctrl *control = argument;

		if (control->id != V4L2_CID_PRIVACY)
			return 0;
		memset(control, 0, sizeof(*control));
		control->id = V4L2_CID_PRIVACY;
		control->type = V4L2_CTRL_TYPE_BOOLEAN;
		control->maximum = control->step = 1;
		control->flags = V4L2_CTRL_FLAG_READ_ONLY;
		strcpy(control->name, "Privacy");
		return 1;
	}
	if (request == VIDIOC_G_CTRL && ((struct v4l2_control *)argument)->id == V4L2_CID_PRIVACY) {
		FILE *file = fopen(getenv("SHUTTER"), "r");

		((struct v4l2_control *)argument)->value = file && fgetc(file) == '1';
		if (file)
			fclose(file);
		return 1;
	}
	return 0;
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
	if (number == SYS_ioctl && answered(words[1], (void *)words[2]))
		return 0;
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return next(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}
