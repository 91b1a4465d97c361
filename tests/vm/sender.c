/*
 * An MJPG camera: sender DEVICE WIDTH HEIGHT MILLISECONDS FILE… writes one of the files after the other into a v4l2loopback
 * device, over and over, with that time between two frames. A file is read anew each time, so it may be replaced. The size
 * is what the device declares, whatever the files hold.
 */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

int main(int count, char **words)
{
	if (count < 6) {
		fprintf(stderr, "sender DEVICE WIDTH HEIGHT MILLISECONDS FILE...\n");
		return 2;
	}
	int device = open(words[1], O_RDWR);
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.fmt.pix = {
			.width = atoi(words[2]),
			.height = atoi(words[3]),
			.pixelformat = V4L2_PIX_FMT_MJPEG,
			.field = V4L2_FIELD_NONE,
			.sizeimage = LARGEST,
			.colorspace = V4L2_COLORSPACE_JPEG,
		},
	};
	if (device < 0 || ioctl(device, VIDIOC_S_FMT, &format) < 0) {
		perror(words[1]);
		return 1;
	}
	long interval = atol(words[4]);
	struct timespec pause = { interval / 1000, interval % 1000 * 1000000 };
	for (int index = 5;; index = index + 1 < count ? index + 1 : 5) {
		static char bytes[LARGEST];
		FILE *file = fopen(words[index], "rb");
		size_t length = file ? fread(bytes, 1, LARGEST, file) : 0;

		if (file)
			fclose(file);
		if (!length || write(device, bytes, length) < 0) {
			perror(words[index]);
			return 1;
		}
		nanosleep(&pause, NULL);
	}
}
