# What the scripts of the device tests share. Sourced in the guest, in the shared folder.
# No time here says how fast anything is: each is far longer than it takes, and ends what would hang else.
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

# Whether a producer streams into a loopback: it shows as a camera then.
streams() { v4l2-ctl -d "$1" -D | sed '1,/Device Caps/d' | grep -q 'Video Capture'; }

# What the test camera gives, 30 times a second: camera DEVICE WxH FORMAT PATTERN, the pattern by vivid's number.
camera() {
    v4l2-ctl -d "$1" --set-ctrl "test_pattern=$4,osd_text_mode=2"
    v4l2-ctl -d "$1" --set-fmt-video "width=${2%x*},height=${2#*x},pixelformat=$3" --set-parm 30 >/dev/null
}

# Frames as the driver gives them: capture DEVICE COUNT NAME leaves NAME.raw and, with times, NAME.log.
capture() { timeout 240 v4l2-ctl -d "$1" --stream-mmap --stream-count "$2" --stream-to "$3.raw" --verbose >"$3.log" 2>&1; }

# The same through ffmpeg and GStreamer.
capture_ffmpeg() {
    timeout 240 ffmpeg -nostdin -v error -y -f v4l2 -i "$1" -frames:v "$2" -fps_mode passthrough -copyts \
        -f rawvideo -pix_fmt yuyv422 "$3.raw"
}
capture_gstreamer() {
    timeout 240 gst-launch-1.0 -q v4l2src device="$1" num-buffers="$2" ! video/x-raw,format=YUY2 ! filesink location="$3.raw"
}

# Timestamps and times of arrival for some seconds: arrivals DEVICE SECONDS NAME, in a guest that has the program.
arrivals() { ./arrivals "$1" "$2" >"$3"; }

# Starts gpucam, and stops it at the end: producer ARGUMENT…
producer() {
    "$GPUCAM" "$@" 2>gpucam.log &
    producer=$!
    trap 'kill $producer 2>/dev/null || true; cat gpucam.log >&2' EXIT
}

# A consumer that stays: watch DEVICE WxH NAME writes what it sees on each frame as a letter into NAME, until unwatched.
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

# Waits for five frames in a row of the hidden room, among those that are still to come: hidden_again NAME
hidden_again() { within 240 hidden_after "$1" "$(stat -c %s "$1")"; }
hidden_after() { [[ $(tail -c "+$(($2 + 1))" "$1") == *hhhhh* ]]; }
# Whether there was a slate among the frames after the first so many: slate_after NAME COUNT
slate_after() { [[ $(tail -c "+$(($2 + 1))" "$1") == *s* ]]; }

# What a command says and how it ends: attempt NAME COMMAND… leaves NAME.err and NAME.code.
attempt() {
    local name=$1 code=0
    shift
    timeout 120 "$@" >"$name.out" 2>"$name.err" || code=$?
    echo "$code" >"$name.code"
}

# Whether the driver has given its buffers to someone: then no one else may change the format.
taken() { ! v4l2-ctl -d "$1" --set-fmt-video width=320,height=180 >/dev/null 2>&1; }

# Whether a consumer sees vivid's bars, of which the first is white, and no slate any longer.
lit() { capture "$1" 1 lit && [[ $(od -An -tu1 -j 40 -N 1 lit.raw) -gt 200 ]]; }

# What Chromium shows of its first camera: page NAME leaves the line that page.html logs in NAME.
page() {
    chromium --headless --no-sandbox --disable-gpu --user-data-dir=/tmp/chromium --use-fake-ui-for-media-stream \
        --enable-logging=stderr "file://$PWD/page.html" >"$1.log" 2>&1 &
    local chromium=$!
    within 240 grep -q 'SAW .* END' "$1.log" || true
    kill "$chromium" || true
    grep -o 'SAW .* END' "$1.log" >"$1"
}
