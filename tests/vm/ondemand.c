/*
 * Measures how soon gpucam opens and closes the camera: ondemand LOOPBACK CAMERA SECONDS opens the loopback as a consumer,
 * streams for that time and closes it. It prints the milliseconds from before its open() until some program owns the
 * camera's buffers, and from after its close() until none does.
 *
 * The query changes nothing: REQBUFS with count 0 returns EBUSY if another file owns the buffers (vb2_ioctl_reqbufs), and
 * there is nothing to free otherwise.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/videodev2.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { BUFFERS = 4, PATIENCE = 30 };

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

static int taken(int camera)
{
	struct v4l2_requestbuffers none = { .type = V4L2_BUF_TYPE_VIDEO_CAPTURE, .memory = V4L2_MEMORY_MMAP };
	int result = ioctl(camera, VIDIOC_REQBUFS, &none);

	if (result < 0 && errno == EBUSY)
		return 1;
	must(result, "REQBUFS of the camera");
	return 0;
}

/* Milliseconds from `start` until taken() is `wanted`. */
static double until(int camera, int wanted, double start)
{
	while (taken(camera) != wanted) {
		if (now() - start > PATIENCE) {
			fprintf(stderr, "the camera was %s for %d s\n", wanted ? "not taken" : "not given back", PATIENCE);
			exit(1);
		}
		usleep(1000);
	}
	return 1e3 * (now() - start);
}

int main(int count, char **words)
{
	if (count != 4) {
		fprintf(stderr, "ondemand LOOPBACK CAMERA SECONDS\n");
		return 2;
	}
	int camera = open(words[2], O_RDWR | O_NONBLOCK);
	must(camera, words[2]);
	/* gpucam may have counted the last program that opened the loopback as a consumer. */
	until(camera, 0, now());

	double start = now();
	int device = open(words[1], O_RDWR | O_NONBLOCK);
	must(device, words[1]);
	int type = V4L2_BUF_TYPE_VIDEO_CAPTURE;
	struct v4l2_requestbuffers request = { .count = BUFFERS, .type = type, .memory = V4L2_MEMORY_MMAP };
	must(ioctl(device, VIDIOC_REQBUFS, &request), "REQBUFS");
	must(ioctl(device, VIDIOC_STREAMON, &type), "STREAMON");
	printf("%.1f ", until(camera, 1, start));

	usleep(1e6 * atof(words[3]));
	if (!taken(camera)) {
		fprintf(stderr, "the camera was given back while someone watches\n");
		return 1;
	}
	close(device);
	printf("%.1f\n", until(camera, 0, now()));
	return 0;
}
