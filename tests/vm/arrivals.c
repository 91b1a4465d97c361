/*
 * Prints when frames arrive: arrivals DEVICE SECONDS writes "SEQUENCE TIMESTAMP ARRIVAL" for each frame, both times in
 * seconds of CLOCK_MONOTONIC. Their difference is the latency; v4l2-ctl, ffmpeg and GStreamer print only the timestamp.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>

enum { BUFFERS = 4 };

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec + time.tv_nsec * 1e-9;
}

static void must(int result, const char *what)
{
	if (result < 0) {
		perror(what);
		exit(1);
	}
}

int main(int count, char **words)
{
	if (count != 3) {
		fprintf(stderr, "arrivals DEVICE SECONDS\n");
		return 2;
	}
	int device = open(words[1], O_RDWR | O_NONBLOCK);
	must(device, words[1]);

	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_requestbuffers request = { .count = BUFFERS, .type = type, .memory = V4L2_MEMORY_MMAP };
	must(ioctl(device, VIDIOC_REQBUFS, &request), "REQBUFS");
	for (unsigned index = 0; index < request.count; index++) {
		struct v4l2_buffer buffer = { .index = index, .type = type, .memory = V4L2_MEMORY_MMAP };
		must(ioctl(device, VIDIOC_QUERYBUF, &buffer), "QUERYBUF");
		/* v4l2loopback before 0.14 does not deliver buffers that are not mapped. */
		void *bytes = mmap(NULL, buffer.length, PROT_READ, MAP_SHARED, device, buffer.m.offset);
		must(bytes == MAP_FAILED ? -1 : 0, "mmap");
		must(ioctl(device, VIDIOC_QBUF, &buffer), "QBUF");
	}
	must(ioctl(device, VIDIOC_STREAMON, &type), "STREAMON");

	for (double end = now() + atof(words[2]); now() < end;) {
		struct pollfd ready = { .fd = device, .events = POLLIN };
		must(poll(&ready, 1, 1000), "poll");

		struct v4l2_buffer buffer = { .type = type, .memory = V4L2_MEMORY_MMAP };
		int result = ioctl(device, VIDIOC_DQBUF, &buffer);
		double arrival = now();
		if (result < 0 && errno == EAGAIN)
			continue;
		must(result, "DQBUF");
		double timestamp = buffer.timestamp.tv_sec + buffer.timestamp.tv_usec * 1e-6;
		printf("%u %.6f %.6f\n", buffer.sequence, timestamp, arrival);
		must(ioctl(device, VIDIOC_QBUF, &buffer), "QBUF");
	}
	return 0;
}
