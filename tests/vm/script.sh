# Functions for the scripts of the device tests. Sourced in the guest, in the shared folder.
# The time limits here measure nothing: each is far longer than needed and only ends what would otherwise hang.
set -euo pipefail

# Waits until a command succeeds: within SECONDS COMMAND…
within() {
    local limit=$1 start=$SECONDS
    shift
    until "$@" >/dev/null 2>&1; do
        if ((SECONDS - start > limit)); then
            echo "not within $limit s: $*" >&2
            return 1
        fi
        sleep 0.1
    done
}

# Whether a producer streams into a loopback, which then shows as a camera.
streams() { v4l2-ctl -d "$1" -D | sed '1,/Device Caps/d' | grep 'Video Capture' >/dev/null; }

# Sets up the test camera at 30 frames per second: camera DEVICE WxH FORMAT PATTERN, where PATTERN is vivid's number.
camera() {
    v4l2-ctl -d "$1" --set-ctrl "test_pattern=$4,osd_text_mode=2"
    v4l2-ctl -d "$1" --set-fmt-video "width=${2%x*},height=${2#*x},pixelformat=$3" --set-parm 30 >/dev/null
}

# Records frames with v4l2-ctl: capture DEVICE COUNT NAME writes NAME.raw and, with timestamps, NAME.log.
capture() { timeout 240 v4l2-ctl -d "$1" --stream-mmap --stream-count "$2" --stream-to "$3.raw" --verbose >"$3.log" 2>&1; }

# The same with ffmpeg and GStreamer.
capture_ffmpeg() {
    timeout 240 ffmpeg -nostdin -v error -y -f v4l2 -i "$1" -frames:v "$2" -fps_mode passthrough -copyts \
        -f rawvideo -pix_fmt yuyv422 "$3.raw"
}
capture_gstreamer() {
    timeout 240 gst-launch-1.0 -q v4l2src device="$1" num-buffers="$2" ! video/x-raw,format=YUY2 ! filesink location="$3.raw"
}

# Records timestamps and times of arrival: arrivals DEVICE SECONDS NAME, in a guest with that program.
arrivals() { ./arrivals "$1" "$2" >"$3"; }

# Starts gpucam and stops it when the script ends: producer ARGUMENT…
producer() {
    "$GPUCAM" "$@" 2>gpucam.log &
    producer=$!
    trap 'kill $producer 2>/dev/null || true; cat gpucam.log >&2' EXIT
}

# Starts a consumer: watch DEVICE WxH NAME writes a letter for each frame (r, h or s) into NAME, until unwatch.
watch() {
    mkfifo "$3.fifo"
    : >"$3"
    "$DEVICES" --seen "$2" <"$3.fifo" >>"$3" &
    seer=$!
    v4l2-ctl -d "$1" --stream-mmap --stream-to "$3.fifo" >"$3.log" 2>&1 &
    watcher=$!
}
unwatch() {
    kill "$watcher" || return
    wait "$watcher" "$seer" || true
}

# Waits until five new frames in a row show the hidden background: hidden_again NAME
hidden_again() { within 240 hidden_after "$1" "$(stat -c %s "$1")"; }
hidden_after() { [[ $(tail -c "+$(($2 + 1))" "$1") == *hhhhh* ]]; }
# Whether there was a slate after the first COUNT frames: slate_after NAME COUNT
slate_after() { [[ $(tail -c "+$(($2 + 1))" "$1") == *s* ]]; }

# Runs a command and records its standard error and exit code: attempt NAME COMMAND… writes NAME.err and NAME.code.
attempt() {
    local name=$1 code=0
    shift
    timeout 120 "$@" >"$name.out" 2>"$name.err" || code=$?
    echo "$code" >"$name.code"
}

# Whether a program owns the driver's buffers: then the format cannot be changed.
taken() { ! v4l2-ctl -d "$1" --set-fmt-video width=320,height=180 >/dev/null 2>&1; }

# Whether a consumer sees vivid's bars, the first of which is white, rather than the slate.
lit() { capture "$1" 1 lit && [[ $(od -An -tu1 -j 40 -N 1 lit.raw) -gt 200 ]]; }

# Opens page.html in Chromium: page NAME writes the line that the page logs into NAME.
page() {
    chromium --headless --no-sandbox --disable-gpu --user-data-dir=/tmp/chromium --use-fake-ui-for-media-stream \
        --enable-logging=stderr "file://$PWD/page.html" >"$1.log" 2>&1 &
    local chromium=$!
    within 240 grep -q 'SAW .* END' "$1.log" || true
    kill "$chromium" || true
    grep -o 'SAW .* END' "$1.log" >"$1"
}
