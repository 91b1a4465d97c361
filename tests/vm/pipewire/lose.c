// A Vulkan driver that loses its first device as real ones do: it passes everything on to the driver in the environment
// variable DRIVER, until the device's frame number LOSE_AT. That frame is taken and never done; LOSE_AFTER milliseconds
// later, every call answers that the device is lost. Devices that are made after that work.
//
// wgpu submits with vkQueueSubmit and waits for timeline semaphores, or for fences where there are none.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, TIMEOUT = 2, DEVICE_LOST = -4 };
typedef void (*Function)(void);
typedef Function (*Get)(void *, const char *);
typedef int32_t (*Create)(void *, const void *, const void *, void **);
typedef void (*GetQueue)(void *, uint32_t, uint32_t, void **);
typedef int32_t (*Submit)(void *, uint32_t, const void *, uint64_t);
typedef int32_t (*Wait)(void *, const void *, uint64_t);
typedef int32_t (*Count)(void *, uint64_t, uint64_t *);
typedef int32_t (*WaitFences)(void *, uint32_t, const uint64_t *, uint32_t, uint64_t);
typedef int32_t (*Idle)(void *);

static Get get_instance, get_device;
static Create create;
static GetQueue get_queue;
static Submit submit;
static Wait wait_semaphores;
static Count count;
static WaitFences wait_fences;
static Idle device_idle, queue_idle;
static void *device, *queue; // the first
static int submissions;
static double hung_at; // seconds; 0 before

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static double number(const char *name) {
    const char *text = getenv(name);
    return text ? atof(text) : 0;
}

static int is_lost(void) { return hung_at > 0 && now() >= hung_at + number("LOSE_AFTER") / 1000; }

static int32_t own_create(void *adapter, const void *about, const void *memory, void **made) {
    int32_t result = create(adapter, about, memory, made);
    if (result == SUCCESS && !device) device = *made;
    return result;
}

static void own_get_queue(void *of, uint32_t family, uint32_t index, void **found) {
    get_queue(of, family, index, found);
    if (of == device) queue = *found;
}

static int32_t own_submit(void *to, uint32_t submits, const void *work, uint64_t fence) {
    if (to != queue) return submit(to, submits, work, fence);
    if (is_lost()) return DEVICE_LOST;
    if (hung_at > 0) return SUCCESS;
    if (++submissions >= number("LOSE_AT")) {
        // What was submitted before ends first: the memory of a lost device is freed, and software Vulkan would go on with it.
        queue_idle(queue);
        hung_at = now();
        return is_lost() ? DEVICE_LOST : SUCCESS;
    }
    return submit(to, submits, work, fence);
}

// What a wait on the hung device answers.
static int32_t waited(uint64_t nanoseconds) {
    double end = now() + nanoseconds / 1e9;
    while (!is_lost() && now() < end) usleep(2000);
    return is_lost() ? DEVICE_LOST : TIMEOUT;
}

static int32_t own_wait_semaphores(void *of, const void *about, uint64_t nanoseconds) {
    return of == device && hung_at > 0 ? waited(nanoseconds) : wait_semaphores(of, about, nanoseconds);
}

static int32_t own_count(void *of, uint64_t semaphore, uint64_t *value) {
    return of == device && is_lost() ? DEVICE_LOST : count(of, semaphore, value);
}

static int32_t own_wait_fences(void *of, uint32_t fences, const uint64_t *which, uint32_t all, uint64_t nanoseconds) {
    return of == device && hung_at > 0 ? waited(nanoseconds) : wait_fences(of, fences, which, all, nanoseconds);
}

static int32_t own_device_idle(void *of) {
    return of == device && hung_at > 0 ? waited(UINT64_MAX) : device_idle(of);
}

static int32_t own_queue_idle(void *of) { return of == queue && hung_at > 0 ? waited(UINT64_MAX) : queue_idle(of); }

#define TAKE(vulkan, theirs, ours) \
    if (found && !strcmp(name, vulkan)) { \
        theirs = (void *)found; \
        return (Function)ours; \
    }

static Function take(const char *name, Function found);

static Function own_get_device(void *of, const char *name) { return take(name, get_device(of, name)); }

static Function take(const char *name, Function found) {
    TAKE("vkGetDeviceProcAddr", get_device, own_get_device)
    TAKE("vkCreateDevice", create, own_create)
    TAKE("vkGetDeviceQueue", get_queue, own_get_queue)
    TAKE("vkQueueSubmit", submit, own_submit)
    TAKE("vkWaitSemaphores", wait_semaphores, own_wait_semaphores)
    TAKE("vkWaitSemaphoresKHR", wait_semaphores, own_wait_semaphores)
    TAKE("vkGetSemaphoreCounterValue", count, own_count)
    TAKE("vkGetSemaphoreCounterValueKHR", count, own_count)
    TAKE("vkWaitForFences", wait_fences, own_wait_fences)
    TAKE("vkDeviceWaitIdle", device_idle, own_device_idle)
    TAKE("vkQueueWaitIdle", queue_idle, own_queue_idle)
    return found;
}

Function vk_icdGetInstanceProcAddr(void *of, const char *name) {
    if (!get_instance) {
        void *driver = dlopen(getenv("DRIVER"), RTLD_NOW);
        if (!driver) return NULL;
        *(void **)&get_instance = dlsym(driver, "vk_icdGetInstanceProcAddr");
    }
    return get_instance ? take(name, get_instance(of, name)) : NULL;
}

int32_t vk_icdNegotiateLoaderICDInterfaceVersion(uint32_t *version) {
    // From version 4 on, functions of adapters would have to be told apart.
    if (*version > 3) *version = 3;
    return SUCCESS;
}
