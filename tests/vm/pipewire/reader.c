// reader NODE WxH [keep|pause|times]: reads the node of this name in YUY2 until it is killed.
// Writes each frame to standard output, and "frame SEQ PTS ARRIVAL" or "state ARRIVAL STATE", times in nanoseconds, to
// standard error.
// times: writes no frames. keep: gives no buffer back. pause: stops after ten frames, and goes on after SIGUSR1.
// Uses libpipewire alone, nothing of gpucam's.
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>

struct reader {
    struct pw_main_loop *loop;
    struct pw_stream *stream;
    bool keeps, pauses, times;
    unsigned frames;
};

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * UINT64_C(1000000000) + time.tv_nsec;
}

static void write_all(const uint8_t *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(STDOUT_FILENO, bytes, count);
        if (written <= 0)
            exit(0);
        bytes += written;
        count -= written;
    }
}

static void process(void *data) {
    struct reader *reader = data;
    struct pw_buffer *buffer = pw_stream_dequeue_buffer(reader->stream);
    if (!buffer)
        return;
    uint64_t arrival = now();
    struct spa_data *part = &buffer->buffer->datas[0];
    struct spa_meta_header *header = spa_buffer_find_meta_data(buffer->buffer, SPA_META_Header, sizeof *header);
    if (part->data && part->chunk->size > 0 && !(part->chunk->flags & SPA_CHUNK_FLAG_CORRUPTED)) {
        if (!reader->times)
            write_all((uint8_t *)part->data + part->chunk->offset, part->chunk->size);
        fprintf(stderr, "frame %" PRIu64 " %" PRIi64 " %" PRIu64 "\n", header ? header->seq : 0, header ? header->pts : 0,
                arrival);
        reader->frames++;
    }
    if (!reader->keeps)
        pw_stream_queue_buffer(reader->stream, buffer);
    if (reader->pauses && reader->frames == 10)
        pw_stream_set_active(reader->stream, false);
}

static void state_changed(void *data, enum pw_stream_state old, enum pw_stream_state state, const char *error) {
    (void)data, (void)old;
    fprintf(stderr, "state %" PRIu64 " %s %s\n", now(), pw_stream_state_as_string(state), error ? error : "");
    if (state == PW_STREAM_STATE_ERROR)
        exit(2);
}

static void param_changed(void *data, uint32_t id, const struct spa_pod *param) {
    struct reader *reader = data;
    if (!param || id != SPA_PARAM_Format)
        return;
    uint8_t memory[512];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
    const struct spa_pod *params[] = {
        spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_ParamMeta, SPA_PARAM_Meta,
            SPA_PARAM_META_type, SPA_POD_Id(SPA_META_Header),
            SPA_PARAM_META_size, SPA_POD_Int(sizeof(struct spa_meta_header))),
    };
    pw_stream_update_params(reader->stream, params, 1);
}

static const struct pw_stream_events events = {
    PW_VERSION_STREAM_EVENTS,
    .process = process,
    .state_changed = state_changed,
    .param_changed = param_changed,
};

static void again(void *data, int number) {
    (void)number;
    struct reader *reader = data;
    reader->pauses = false;
    pw_stream_set_active(reader->stream, true);
}

int main(int count, char **words) {
    struct reader reader = {0};
    unsigned width, height;
    if (count < 3 || sscanf(words[2], "%ux%u", &width, &height) != 2)
        return 64;
    reader.keeps = count > 3 && !strcmp(words[3], "keep");
    reader.times = count > 3 && !strcmp(words[3], "times");
    reader.pauses = count > 3 && !strcmp(words[3], "pause");
    setvbuf(stderr, NULL, _IOLBF, 0);
    pw_init(NULL, NULL);
    reader.loop = pw_main_loop_new(NULL);
    pw_loop_add_signal(pw_main_loop_get_loop(reader.loop), SIGUSR1, again, &reader);
    struct pw_properties *properties = pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
        PW_KEY_MEDIA_ROLE, "Camera", "target.object", words[1], PW_KEY_APP_NAME, "reader", NULL);
    reader.stream = pw_stream_new_simple(pw_main_loop_get_loop(reader.loop), "reader", properties, &events, &reader);
    if (!reader.stream)
        return 1;
    uint8_t memory[512];
    struct spa_pod_builder builder = SPA_POD_BUILDER_INIT(memory, sizeof memory);
    const struct spa_pod *params[] = {
        spa_pod_builder_add_object(&builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat,
            SPA_FORMAT_mediaType, SPA_POD_Id(SPA_MEDIA_TYPE_video),
            SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
            SPA_FORMAT_VIDEO_format, SPA_POD_Id(SPA_VIDEO_FORMAT_YUY2),
            SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&SPA_RECTANGLE(width, height)),
            SPA_FORMAT_VIDEO_framerate, SPA_POD_CHOICE_RANGE_Fraction(&SPA_FRACTION(30, 1), &SPA_FRACTION(0, 1),
                &SPA_FRACTION(1000, 1))),
    };
    enum pw_stream_flags flags = PW_STREAM_FLAG_AUTOCONNECT | PW_STREAM_FLAG_MAP_BUFFERS | PW_STREAM_FLAG_DONT_RECONNECT;
    if (count > 3 && !strcmp(words[3], "stay"))
        flags &= ~PW_STREAM_FLAG_DONT_RECONNECT;
    if (pw_stream_connect(reader.stream, PW_DIRECTION_INPUT, PW_ID_ANY, flags, params, 1) < 0)
        return 1;
    pw_main_loop_run(reader.loop);
    return 0;
}
