"""The CPU peer: MediaPipe's segmentation and OpenCV, one frame at a time.

The steps of Linux-Fake-Background-Webcam: RGB, segment (selfie-landscape), threshold 0.75, dilate 5x5, box 10x10,
Gaussian blur with a kernel of 21, blend, YUYV. Needs mediapipe, opencv-python-headless and numpy < 2.
usage: peer.py [FRAMES] [WIDTH HEIGHT]; prints milliseconds per frame as JSON: minimum, median, and CPU time.
"""

import json
import statistics
import sys
import time

import cv2
import mediapipe
import numpy

KERNEL = 21
WARM = 5


def picture(width, height):
    """A blob in front of stripes, with noise. The time does not depend on the contents."""
    y, x = numpy.mgrid[0:height, 0:width]
    inside = ((x / width - 0.5) ** 2 * 3 + (y / height - 0.6) ** 2) < 0.12
    stripes = ((x * 40 // width + y * 23 // height) % 2) * 70 + 80
    base = numpy.where(inside, 170, stripes)[..., None] + numpy.array([-20, 0, 15])
    noise = numpy.random.RandomState(1).randint(-7, 8, base.shape)
    return numpy.clip(base + noise, 0, 255).astype(numpy.uint8)


def frame(bgr, segmenter, square, weights):
    mask = segmenter.process(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB)).segmentation_mask
    mask = cv2.blur(cv2.dilate((mask > 0.75).astype(numpy.float32), square), (10, 10))
    blurred = cv2.GaussianBlur(bgr, (KERNEL, KERNEL), 0)
    numpy.subtract(1, mask, out=weights)
    return cv2.cvtColor(cv2.blendLinear(bgr, blurred, mask, weights), cv2.COLOR_BGR2YUV_YUYV)


def main():
    numbers = [int(text) for text in sys.argv[1:]] + [100, 1280, 720][len(sys.argv) - 1 :]
    count, width, height = numbers
    bgr = picture(width, height)
    segmenter = mediapipe.solutions.selfie_segmentation.SelfieSegmentation(model_selection=1)
    square, weights = numpy.ones((5, 5), numpy.uint8), numpy.empty((height, width), numpy.float32)
    for _ in range(WARM):
        frame(bgr, segmenter, square, weights)
    times, cpu = [], time.process_time()
    for _ in range(count):
        start = time.perf_counter()
        frame(bgr, segmenter, square, weights)
        times.append(1e3 * (time.perf_counter() - start))
    cpu = 1e3 * (time.process_time() - cpu) / count
    print(json.dumps({"min": min(times), "p50": statistics.median(times), "cpu": cpu}))


main()
