/*
 * Both ends of a v4l2loopback device, for the soak.
 *   loopback watch DEVICE WIDTH HEIGHT   reads it while it gives YUYV of that size: for each frame its timestamp in
 *                                        microseconds (8 bytes), its length (4 bytes), and itself, on standard output.
 *                                        Ends when the stream ends, or after a second without a frame
 *   loopback feed DEVICE WIDTH HEIGHT    is an MJPG camera of that size: a length (4 bytes) and a frame of that length,
 *                                        over and over, from standard input. What the driver refuses is left out
 */
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

enum { BUFFERS = 4, LARGEST = 1 << 18 };

static int watch(int device, unsigned width, unsigned height)
{
	struct v4l2_format format = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE };
	struct v4l2_requestbuffers request = { .count = BUFFERS, .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };
	void *maps[BUFFERS];

	/* Who asks for buffers before anybody has written keeps the format that the device happens to have. */
	if (ioctl(device, VIDIOC_G_FMT, &format) < 0 || format.fmt.pix.width != width || format.fmt.pix.height != height ||
	    format.fmt.pix.pixelformat != V4L2_PIX_FMT_YUYV)
		return 1;
	if (ioctl(device, VIDIOC_REQBUFS, &request) < 0 || request.count == 0 || request.count > BUFFERS)
		return 1;
	for (unsigned i = 0; i < request.count; i++) {
		struct v4l2_buffer buffer = { .index = i, .type = request.type, .memory = request.memory };

		if (ioctl(device, VIDIOC_QUERYBUF, &buffer) < 0)
			return 1;
		maps[i] = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, device, buffer.m.offset);
		if (maps[i] == MAP_FAILED || ioctl(device, VIDIOC_QBUF, &buffer) < 0)
			return 1;
	}
	if (ioctl(device, VIDIOC_STREAMON, &request.type) < 0)
		return 1;
	for (;;) {
		struct v4l2_buffer buffer = { .type = request.type, .memory = request.memory };
		struct pollfd wait = { .fd = device, .events = POLLIN };

		if (poll(&wait, 1, 1000) <= 0 || ioctl(device, VIDIOC_DQBUF, &buffer) < 0)
			return 1;
		uint64_t shown = buffer.timestamp.tv_sec * UINT64_C(1000000) + buffer.timestamp.tv_usec;
		uint32_t length = buffer.bytesused;

		if (fwrite(&shown, sizeof shown, 1, stdout) != 1 || fwrite(&length, sizeof length, 1, stdout) != 1 ||
		    fwrite(maps[buffer.index], 1, length, stdout) != length || fflush(stdout))
			return 0;
		if (ioctl(device, VIDIOC_QBUF, &buffer) < 0)
			return 1;
	}
}

static int feed(int device, unsigned width, unsigned height)
{
	static char frame[LARGEST];
	struct v4l2_format format = {
		.type = V4L2_BUF_TYPE_VIDEO_OUTPUT,
		.fmt.pix = {
			.width = width,
			.height = height,
			.pixelformat = V4L2_PIX_FMT_MJPEG,
			.field = V4L2_FIELD_NONE,
			.sizeimage = LARGEST,
			.colorspace = V4L2_COLORSPACE_JPEG,
		},
	};
	uint32_t length;

	if (ioctl(device, VIDIOC_S_FMT, &format) < 0) {
		perror("VIDIOC_S_FMT");
		return 1;
	}
	while (fread(&length, sizeof length, 1, stdin) == 1 && length <= LARGEST && fread(frame, 1, length, stdin) == length)
		if (write(device, frame, length) < 0)
			continue;
	return 0;
}

int main(int count, char **words)
{
	int device = count == 5 ? open(words[2], O_RDWR) : -1;

	if (device < 0) {
		perror("loopback watch|feed DEVICE WIDTH HEIGHT");
		return 2;
	}
	return (strcmp(words[1], "feed") ? watch : feed)(device, atoi(words[3]), atoi(words[4]));
}
