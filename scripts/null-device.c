// A Vulkan layer that makes RADV's null device usable, for scripts/amd.
//
// With RADV_FORCE_FAMILY Mesa's driver for AMD compiles for a GPU that is not there. It has no memory, no images and no
// queue, so a program cannot open it. This layer supplies all three: memory is the process's own, every submission is done
// at once, and nothing is computed. Everything that has to do with pipelines goes to the driver, whose statistics
// (VK_KHR_pipeline_executable_properties) are printed on stderr, as is every dispatch:
//   PIPELINE <id> threads=<n> lanes=<of a wave>|<statistic>=<value>|...
//   DISPATCH <id> groups=<n>
// An indirect dispatch is not, since nothing computed its size. With NULL_DEVICE_QUIET set, nothing is printed.
#define VK_NO_PROTOTYPES
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

static PFN_vkGetInstanceProcAddr next_instance;
static PFN_vkGetDeviceProcAddr next_device;
static VkInstance the_instance;
static VkDevice the_device;
static int is_quiet;

#define DRIVER(name) ((PFN_##name)next_device(the_device, #name))

static VkResult VKAPI_CALL done(void) { return VK_SUCCESS; }

// ---- handles that the driver must never see: semaphores, fences, memory, images and their views

// A handle is the address of one of these.
typedef union {
    uint64_t count; // of a timeline semaphore
    void *memory;
    VkDeviceSize bytes;
} Object;

static Object *new_object(void) { return calloc(1, sizeof(Object)); }

static VkResult VKAPI_CALL create_semaphore(
    VkDevice device, const VkSemaphoreCreateInfo *info, const VkAllocationCallbacks *a, VkSemaphore *made) {
    Object *object = new_object();
    for (const VkBaseInStructure *p = info->pNext; p; p = p->pNext) {
        if (p->sType == VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO)
            object->count = ((const VkSemaphoreTypeCreateInfo *)p)->initialValue;
    }
    *made = (VkSemaphore)object;
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL create_object(VkDevice device, const void *info, const VkAllocationCallbacks *a, Object **made) {
    *made = new_object();
    return VK_SUCCESS;
}

static void VKAPI_CALL destroy_object(VkDevice device, Object *object, const VkAllocationCallbacks *a) { free(object); }

static VkResult VKAPI_CALL semaphore_value(VkDevice device, VkSemaphore semaphore, uint64_t *value) {
    *value = ((Object *)semaphore)->count;
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL signal_semaphore(VkDevice device, const VkSemaphoreSignalInfo *info) {
    ((Object *)info->semaphore)->count = info->value;
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL allocate_memory(
    VkDevice device, const VkMemoryAllocateInfo *info, const VkAllocationCallbacks *a, VkDeviceMemory *made) {
    Object *object = new_object();
    object->memory = calloc(1, info->allocationSize);
    *made = (VkDeviceMemory)object;
    return object->memory ? VK_SUCCESS : VK_ERROR_OUT_OF_DEVICE_MEMORY;
}

static void VKAPI_CALL free_memory(VkDevice device, VkDeviceMemory memory, const VkAllocationCallbacks *a) {
    if (!memory) return;
    free(((Object *)memory)->memory);
    free((Object *)memory);
}

static VkResult VKAPI_CALL map_memory(
    VkDevice device, VkDeviceMemory memory, VkDeviceSize offset, VkDeviceSize size, VkMemoryMapFlags flags, void **mapped) {
    *mapped = (char *)((Object *)memory)->memory + offset;
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL create_image(
    VkDevice device, const VkImageCreateInfo *info, const VkAllocationCallbacks *a, VkImage *made) {
    Object *object = new_object();
    VkExtent3D size = info->extent;
    object->bytes = 16ull * size.width * size.height * size.depth * info->arrayLayers + 65536; // 16 bytes: the largest texel
    *made = (VkImage)object;
    return VK_SUCCESS;
}

// ---- memory types: one of the GPU, two that the CPU sees

enum { MEMORY_TYPES = 3, ALL_TYPES = (1 << MEMORY_TYPES) - 1 };

static void VKAPI_CALL memory_properties(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties *properties) {
    *properties = (VkPhysicalDeviceMemoryProperties){
        .memoryHeapCount = 2,
        .memoryHeaps = {{8ull << 30, VK_MEMORY_HEAP_DEVICE_LOCAL_BIT}, {8ull << 30, 0}},
        .memoryTypeCount = MEMORY_TYPES,
        .memoryTypes =
            {{VK_MEMORY_PROPERTY_DEVICE_LOCAL_BIT, 0},
             {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT, 1},
             {VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT | VK_MEMORY_PROPERTY_HOST_COHERENT_BIT | VK_MEMORY_PROPERTY_HOST_CACHED_BIT, 1}},
    };
}

static void VKAPI_CALL memory_properties2(VkPhysicalDevice gpu, VkPhysicalDeviceMemoryProperties2 *properties) {
    memory_properties(gpu, &properties->memoryProperties);
    for (VkBaseOutStructure *p = properties->pNext; p; p = p->pNext) {
        if (p->sType != VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_MEMORY_BUDGET_PROPERTIES_EXT) continue;
        VkPhysicalDeviceMemoryBudgetPropertiesEXT *budget = (void *)p;
        for (int i = 0; i < 2; i++) budget->heapBudget[i] = 8ull << 30, budget->heapUsage[i] = 0;
    }
}

static void VKAPI_CALL buffer_requirements(VkDevice device, VkBuffer buffer, VkMemoryRequirements *needed) {
    DRIVER(vkGetBufferMemoryRequirements)(device, buffer, needed);
    needed->memoryTypeBits = ALL_TYPES;
}

static void VKAPI_CALL buffer_requirements2(
    VkDevice device, const VkBufferMemoryRequirementsInfo2 *info, VkMemoryRequirements2 *needed) {
    DRIVER(vkGetBufferMemoryRequirements2)(device, info, needed);
    needed->memoryRequirements.memoryTypeBits = ALL_TYPES;
}

static void VKAPI_CALL image_requirements(VkDevice device, VkImage image, VkMemoryRequirements *needed) {
    *needed = (VkMemoryRequirements){((Object *)image)->bytes, 4096, ALL_TYPES};
}

static void VKAPI_CALL image_requirements2(
    VkDevice device, const VkImageMemoryRequirementsInfo2 *info, VkMemoryRequirements2 *needed) {
    image_requirements(device, info->image, &needed->memoryRequirements);
}

// ---- the queue: whatever is submitted is done

static VkResult VKAPI_CALL submit(VkQueue queue, uint32_t count, const VkSubmitInfo *infos, VkFence fence) {
    for (uint32_t i = 0; i < count; i++) {
        for (const VkBaseInStructure *p = infos[i].pNext; p; p = p->pNext) {
            if (p->sType != VK_STRUCTURE_TYPE_TIMELINE_SEMAPHORE_SUBMIT_INFO) continue;
            const VkTimelineSemaphoreSubmitInfo *values = (const void *)p;
            for (uint32_t k = 0; k < values->signalSemaphoreValueCount; k++)
                ((Object *)infos[i].pSignalSemaphores[k])->count = values->pSignalSemaphoreValues[k];
        }
    }
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL submit2(VkQueue queue, uint32_t count, const VkSubmitInfo2 *infos, VkFence fence) {
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < infos[i].signalSemaphoreInfoCount; k++) {
            const VkSemaphoreSubmitInfo *signal = &infos[i].pSignalSemaphoreInfos[k];
            ((Object *)signal->semaphore)->count = signal->value;
        }
    }
    return VK_SUCCESS;
}

static VkResult VKAPI_CALL query_results(
    VkDevice device, VkQueryPool pool, uint32_t first, uint32_t count, size_t bytes, void *data, VkDeviceSize stride,
    VkQueryResultFlags flags) {
    memset(data, 0, bytes);
    return VK_SUCCESS;
}

// ---- pipelines: the driver's own, with its statistics printed

// Threads of a workgroup, read from the SPIR-V.
static uint32_t threads_of(const uint32_t *words, size_t count) {
    enum { OP_EXECUTION_MODE = 16, LOCAL_SIZE = 17 };
    for (size_t i = 5; i < count && words[i] >> 16; i += words[i] >> 16) {
        if ((words[i] & 0xffff) == OP_EXECUTION_MODE && words[i + 2] == LOCAL_SIZE)
            return words[i + 3] * words[i + 4] * words[i + 5];
    }
    return 0;
}

enum { MOST = 8192 };
static struct { VkShaderModule module; uint32_t threads; } modules[MOST];
static atomic_int module_count;
static VkPipeline pipelines[MOST];
static atomic_int pipeline_count;

static VkResult VKAPI_CALL create_shader_module(
    VkDevice device, const VkShaderModuleCreateInfo *info, const VkAllocationCallbacks *a, VkShaderModule *made) {
    VkResult result = DRIVER(vkCreateShaderModule)(device, info, a, made);
    int at = module_count++ % MOST;
    modules[at].module = *made;
    modules[at].threads = threads_of(info->pCode, info->codeSize / 4);
    return result;
}

static void print_statistics(int id, VkPipeline pipeline, uint32_t threads) {
    VkPipelineInfoKHR of = {VK_STRUCTURE_TYPE_PIPELINE_INFO_KHR, NULL, pipeline};
    uint32_t parts = 1;
    VkPipelineExecutablePropertiesKHR part = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_PROPERTIES_KHR};
    DRIVER(vkGetPipelineExecutablePropertiesKHR)(the_device, &of, &parts, &part);
    VkPipelineExecutableInfoKHR which = {VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_INFO_KHR, NULL, pipeline, 0};
    VkPipelineExecutableStatisticKHR statistics[64];
    uint32_t count = 64;
    for (uint32_t i = 0; i < count; i++)
        statistics[i] = (VkPipelineExecutableStatisticKHR){VK_STRUCTURE_TYPE_PIPELINE_EXECUTABLE_STATISTIC_KHR};
    DRIVER(vkGetPipelineExecutableStatisticsKHR)(the_device, &which, &count, statistics);
    if (is_quiet) return;
    char line[4096];
    size_t at = snprintf(line, sizeof line, "PIPELINE %d threads=%u lanes=%u", id, threads, part.subgroupSize);
    for (uint32_t i = 0; i < count && at < sizeof line; i++)
        at += snprintf(
            line + at, sizeof line - at, "|%s=%llu", statistics[i].name, (unsigned long long)statistics[i].value.u64);
    fprintf(stderr, "%s\n", line);
}

static VkResult VKAPI_CALL create_pipelines(
    VkDevice device, VkPipelineCache cache, uint32_t count, const VkComputePipelineCreateInfo *infos,
    const VkAllocationCallbacks *a, VkPipeline *made) {
    for (uint32_t i = 0; i < count; i++) {
        VkComputePipelineCreateInfo info = infos[i];
        info.flags |= VK_PIPELINE_CREATE_CAPTURE_STATISTICS_BIT_KHR;
        VkResult result = DRIVER(vkCreateComputePipelines)(device, VK_NULL_HANDLE, 1, &info, a, &made[i]);
        if (result) return result;
        uint32_t threads = 0;
        for (int k = 0; k < module_count && k < MOST; k++) {
            if (modules[k].module == info.stage.module) threads = modules[k].threads;
        }
        int id = pipeline_count++ % MOST;
        pipelines[id] = made[i];
        print_statistics(id, made[i], threads);
    }
    return VK_SUCCESS;
}

// ---- commands: dispatches are printed

enum { MOST_BUFFERS = 64 };
static struct { VkCommandBuffer buffer; int pipeline; } bound[MOST_BUFFERS]; // the pipeline that each buffer has bound
static int bound_count;

static void VKAPI_CALL bind_pipeline(VkCommandBuffer buffer, VkPipelineBindPoint point, VkPipeline pipeline) {
    int at = 0, id = -1;
    while (at < bound_count && bound[at].buffer != buffer) at++;
    if (at == MOST_BUFFERS) return;
    if (at == bound_count) bound_count++;
    for (int k = 0; k < pipeline_count && k < MOST; k++) {
        if (pipelines[k] == pipeline) id = k;
    }
    bound[at].buffer = buffer;
    bound[at].pipeline = id;
}

static void VKAPI_CALL dispatch(VkCommandBuffer buffer, uint32_t x, uint32_t y, uint32_t z) {
    for (int at = 0; at < bound_count; at++) {
        if (bound[at].buffer == buffer && !is_quiet)
            fprintf(stderr, "DISPATCH %d groups=%u\n", bound[at].pipeline, x * y * z);
    }
}

// ---- the layer itself

static VkResult VKAPI_CALL create_device(
    VkPhysicalDevice gpu, const VkDeviceCreateInfo *info, const VkAllocationCallbacks *a, VkDevice *made) {
    VkLayerDeviceCreateInfo *link = (void *)info->pNext;
    while (link->sType != VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO || link->function != VK_LAYER_LINK_INFO)
        link = (void *)link->pNext;
    PFN_vkGetInstanceProcAddr get = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    next_device = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    VkPhysicalDevicePipelineExecutablePropertiesFeaturesKHR statistics = {
        VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PIPELINE_EXECUTABLE_PROPERTIES_FEATURES_KHR, (void *)info->pNext, VK_TRUE};
    const char *extensions[256];
    VkDeviceCreateInfo with_statistics = *info;
    memcpy(extensions, info->ppEnabledExtensionNames, info->enabledExtensionCount * sizeof *extensions);
    extensions[with_statistics.enabledExtensionCount++] = VK_KHR_PIPELINE_EXECUTABLE_PROPERTIES_EXTENSION_NAME;
    with_statistics.ppEnabledExtensionNames = extensions;
    with_statistics.pNext = &statistics;
    VkResult result = ((PFN_vkCreateDevice)get(the_instance, "vkCreateDevice"))(gpu, &with_statistics, a, made);
    the_device = *made;
    return result;
}

static VkResult VKAPI_CALL create_instance(const VkInstanceCreateInfo *info, const VkAllocationCallbacks *a, VkInstance *made) {
    VkLayerInstanceCreateInfo *link = (void *)info->pNext;
    while (link->sType != VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO || link->function != VK_LAYER_LINK_INFO)
        link = (void *)link->pNext;
    next_instance = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    VkResult result = ((PFN_vkCreateInstance)next_instance(NULL, "vkCreateInstance"))(info, a, made);
    the_instance = *made;
    is_quiet = getenv("NULL_DEVICE_QUIET") != NULL;
    return result;
}

static const struct { const char *name; void *function; } OWN[] = {
    {"vkCreateInstance", create_instance},
    {"vkCreateDevice", create_device},
    {"vkGetPhysicalDeviceMemoryProperties", memory_properties},
    {"vkGetPhysicalDeviceMemoryProperties2", memory_properties2},
    {"vkGetPhysicalDeviceMemoryProperties2KHR", memory_properties2},
    {"vkCreateSemaphore", create_semaphore},
    {"vkDestroySemaphore", destroy_object},
    {"vkGetSemaphoreCounterValue", semaphore_value},
    {"vkGetSemaphoreCounterValueKHR", semaphore_value},
    {"vkWaitSemaphores", done},
    {"vkWaitSemaphoresKHR", done},
    {"vkSignalSemaphore", signal_semaphore},
    {"vkSignalSemaphoreKHR", signal_semaphore},
    {"vkCreateFence", create_object},
    {"vkDestroyFence", destroy_object},
    {"vkResetFences", done},
    {"vkGetFenceStatus", done},
    {"vkWaitForFences", done},
    {"vkAllocateMemory", allocate_memory},
    {"vkFreeMemory", free_memory},
    {"vkMapMemory", map_memory},
    {"vkUnmapMemory", done},
    {"vkFlushMappedMemoryRanges", done},
    {"vkInvalidateMappedMemoryRanges", done},
    {"vkBindBufferMemory", done},
    {"vkBindBufferMemory2", done},
    {"vkBindImageMemory", done},
    {"vkBindImageMemory2", done},
    {"vkGetBufferMemoryRequirements", buffer_requirements},
    {"vkGetBufferMemoryRequirements2", buffer_requirements2},
    {"vkGetBufferMemoryRequirements2KHR", buffer_requirements2},
    {"vkGetImageMemoryRequirements", image_requirements},
    {"vkGetImageMemoryRequirements2", image_requirements2},
    {"vkGetImageMemoryRequirements2KHR", image_requirements2},
    {"vkCreateImage", create_image},
    {"vkDestroyImage", destroy_object},
    {"vkCreateImageView", create_object},
    {"vkDestroyImageView", destroy_object},
    {"vkUpdateDescriptorSets", done},
    {"vkUpdateDescriptorSetWithTemplate", done},
    {"vkUpdateDescriptorSetWithTemplateKHR", done},
    {"vkSetDebugUtilsObjectNameEXT", done},
    {"vkBeginCommandBuffer", done},
    {"vkEndCommandBuffer", done},
    {"vkResetCommandBuffer", done},
    {"vkResetCommandPool", done},
    {"vkFreeCommandBuffers", done},
    {"vkCmdBindPipeline", bind_pipeline},
    {"vkCmdDispatch", dispatch},
    {"vkQueueSubmit", submit},
    {"vkQueueSubmit2", submit2},
    {"vkQueueSubmit2KHR", submit2},
    {"vkQueueWaitIdle", done},
    {"vkDeviceWaitIdle", done},
    {"vkGetQueryPoolResults", query_results},
    {"vkCreateShaderModule", create_shader_module},
    {"vkCreateComputePipelines", create_pipelines},
};

static PFN_vkVoidFunction own(const char *name) {
    for (size_t i = 0; i < sizeof OWN / sizeof *OWN; i++) {
        if (!strcmp(OWN[i].name, name)) return (PFN_vkVoidFunction)OWN[i].function;
    }
    return NULL;
}

// Commands other than the above are not recorded: nothing runs them.
static PFN_vkVoidFunction own_or(const char *name, PFN_vkVoidFunction of_driver) {
    PFN_vkVoidFunction mine = own(name);
    if (mine) return mine;
    return of_driver && !strncmp(name, "vkCmd", 5) ? (PFN_vkVoidFunction)done : of_driver;
}

VK_LAYER_EXPORT PFN_vkVoidFunction VKAPI_CALL vkGetDeviceProcAddr(VkDevice device, const char *name) {
    if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)vkGetDeviceProcAddr;
    return own_or(name, next_device(device, name));
}

VK_LAYER_EXPORT PFN_vkVoidFunction VKAPI_CALL vkGetInstanceProcAddr(VkInstance instance, const char *name) {
    if (!strcmp(name, "vkGetInstanceProcAddr")) return (PFN_vkVoidFunction)vkGetInstanceProcAddr;
    if (!strcmp(name, "vkGetDeviceProcAddr")) return (PFN_vkVoidFunction)vkGetDeviceProcAddr;
    return own_or(name, next_instance ? next_instance(instance, name) : NULL);
}

VK_LAYER_EXPORT VkResult VKAPI_CALL vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *versions) {
    versions->loaderLayerInterfaceVersion = 2;
    versions->pfnGetInstanceProcAddr = vkGetInstanceProcAddr;
    versions->pfnGetDeviceProcAddr = vkGetDeviceProcAddr;
    versions->pfnGetPhysicalDeviceProcAddr = NULL;
    return VK_SUCCESS;
}
