//! The kernel's structures and requests for V4L2, of linux/videodev2.h: those that gpucam uses. They never change. A test
//! compares all of it with what a C compiler makes of the header.
#![allow(non_camel_case_types)] // the kernel's own names
#![allow(dead_code)] // the kernel fills more than gpucam reads

use libc::{Ioctl, timespec, timeval};

macro_rules! structures {
    ($($(#[$packed:meta])? struct $name:ident { $($field:ident $(= $c:literal)?: $type:ty),* $(,)? })*) => {
        $(
            #[derive(Clone, Copy)]
            #[repr(C $(, $packed)?)]
            pub(super) struct $name { $(pub(super) $field: $type),* }
        )*

        /// The size of each structure and where its fields lie, as C writes them.
        fn fields() -> Vec<(String, u64)> {
            let mut all = Vec::new();
            $(
                all.push((format!("sizeof(struct {})", stringify!($name)), size_of::<$name>() as u64));
                $(
                    #[allow(unused_mut, unused_assignments)]
                    let mut c = stringify!($field);
                    $(c = $c;)?
                    // Newer kernels use what was reserved.
                    if !c.starts_with("reserved") {
                        let offset = std::mem::offset_of!($name, $field) as u64;
                        all.push((format!("offsetof(struct {}, {c})", stringify!($name)), offset));
                    }
                )*
            )*
            all
        }
    };
}

structures! {
    struct v4l2_capability {
        driver: [u8; 16], card: [u8; 32], bus_info: [u8; 32],
        version: u32, capabilities: u32, device_caps: u32, reserved: [u32; 3],
    }
    struct v4l2_fmtdesc {
        index: u32, type_ = "type": u32, flags: u32, description: [u8; 32], pixelformat: u32, reserved: [u32; 4],
    }
    struct v4l2_frmsize_discrete { width: u32, height: u32 }
    struct v4l2_frmsize_stepwise {
        min_width: u32, max_width: u32, step_width: u32, min_height: u32, max_height: u32, step_height: u32,
    }
    struct v4l2_frmsizeenum {
        index: u32, pixel_format: u32, type_ = "type": u32, size = "discrete": Sizes, reserved: [u32; 2],
    }
    struct v4l2_fract { numerator: u32, denominator: u32 }
    struct v4l2_frmival_stepwise { min: v4l2_fract, max: v4l2_fract, step: v4l2_fract }
    struct v4l2_frmivalenum {
        index: u32, pixel_format: u32, width: u32, height: u32, type_ = "type": u32,
        interval = "discrete": Intervals, reserved: [u32; 2],
    }
    struct v4l2_pix_format {
        width: u32, height: u32, pixelformat: u32, field: u32, bytesperline: u32, sizeimage: u32, colorspace: u32,
        priv_ = "priv": u32, flags: u32, ycbcr_enc: u32, quantization: u32, xfer_func: u32,
    }
    #[packed]
    struct v4l2_plane_pix_format { sizeimage: u32, bytesperline: u32, reserved: [u16; 6] }
    #[packed]
    struct v4l2_pix_format_mplane {
        width: u32, height: u32, pixelformat: u32, field: u32, colorspace: u32,
        plane_fmt: [v4l2_plane_pix_format; 8], num_planes: u8, flags: u8, ycbcr_enc: u8, quantization: u8, xfer_func: u8,
        reserved: [u8; 7],
    }
    struct v4l2_format { type_ = "type": u32, fmt: Format }
    struct v4l2_captureparm {
        capability: u32, capturemode: u32, timeperframe: v4l2_fract, extendedmode: u32, readbuffers: u32, reserved: [u32; 4],
    }
    struct v4l2_outputparm {
        capability: u32, outputmode: u32, timeperframe: v4l2_fract, extendedmode: u32, writebuffers: u32, reserved: [u32; 4],
    }
    struct v4l2_streamparm { type_ = "type": u32, parm: Parameters }
    struct v4l2_requestbuffers { count: u32, type_ = "type": u32, memory: u32, capabilities: u32, reserved: [u32; 1] }
    struct v4l2_timecode {
        type_ = "type": u32, flags: u32, frames: u8, seconds: u8, minutes: u8, hours: u8, userbits: [u8; 4],
    }
    struct v4l2_buffer {
        index: u32, type_ = "type": u32, bytesused: u32, flags: u32, field: u32, timestamp: timeval,
        timecode: v4l2_timecode, sequence: u32, memory: u32, m: BufferMemory, length: u32, reserved2: u32, request_fd: i32,
    }
    struct v4l2_plane { bytesused: u32, length: u32, m: PlaneMemory, data_offset: u32, reserved: [u32; 11] }
    struct v4l2_event_subscription { type_ = "type": u32, id: u32, flags: u32, reserved: [u32; 5] }
    struct v4l2_event {
        type_ = "type": u32, u: EventData, pending: u32, sequence: u32, timestamp: timespec, id: u32, reserved: [u32; 8],
    }
    struct v4l2_control { id: u32, value: i32 }
    struct v4l2_query_ext_ctrl {
        id: u32, type_ = "type": u32, name: [u8; 32], minimum: i64, maximum: i64, step: u64, default_value: i64,
        flags: u32, elem_size: u32, elems: u32, nr_of_dims: u32, dims: [u32; 4], reserved: [u32; 32],
    }
    #[packed]
    struct v4l2_querymenu { id: u32, index: u32, entry = "name": MenuEntry, reserved: u32 }
    #[packed]
    struct v4l2_ext_control { id: u32, size: u32, reserved2: [u32; 1], value: ControlValue }
    struct v4l2_ext_controls {
        which: u32, count: u32, error_idx: u32, request_fd: i32, reserved: [u32; 1], controls: *mut v4l2_ext_control,
    }
}

macro_rules! unions {
    ($($(#[$packed:meta])? union $name:ident { $($field:ident: $type:ty),* $(,)? })*) => { $(
        #[derive(Clone, Copy)]
        #[repr(C $(, $packed)?)]
        pub(super) union $name { $(pub(super) $field: $type),* }
    )* };
}

unions! {
    union Sizes { discrete: v4l2_frmsize_discrete, stepwise: v4l2_frmsize_stepwise }
    union Intervals { discrete: v4l2_fract, stepwise: v4l2_frmival_stepwise }
    // One of the kernel's variants holds pointers.
    union Format { pix: v4l2_pix_format, pix_mp: v4l2_pix_format_mplane, raw_data: [u8; 200], aligned: usize }
    union Parameters { capture: v4l2_captureparm, output: v4l2_outputparm, raw_data: [u8; 200] }
    union BufferMemory { offset: u32, userptr: usize, planes: *mut v4l2_plane, fd: i32 }
    union PlaneMemory { mem_offset: u32, userptr: usize, fd: i32 }
    // One of the kernel's variants holds a number of 64 bits.
    union EventData { data: [u8; 64], aligned: i64 }
    #[packed]
    union MenuEntry { name: [u8; 32], value: i64 }
    #[packed]
    union ControlValue { value: i32, value64: i64, pointer: *mut u8 }
}

/// `_IOC(direction, 'V', number, size)` of linux/ioctl.h.
const fn request(direction: u32, number: u32, size: usize) -> Ioctl {
    (direction << 30 | (size as u32) << 16 | (b'V' as u32) << 8 | number) as Ioctl
}

macro_rules! numbers {
    ($($(#[$about:meta])* $type:ident $name:ident = $value:expr;)*) => {
        $($(#[$about])* pub(super) const $name: $type = $value;)*

        fn constants() -> Vec<(String, u64)> {
            // A request of type int is negative in some C libraries.
            vec![$((stringify!($name).to_owned(), u64::from($name as u32))),*]
        }
    };
}

/// Directions of `_IOC`, as the program sees them.
const WRITE: u32 = 1;
const READ: u32 = 2;
const BOTH: u32 = WRITE | READ;

numbers! {
    Ioctl VIDIOC_QUERYCAP = request(READ, 0, size_of::<v4l2_capability>());
    Ioctl VIDIOC_ENUM_FMT = request(BOTH, 2, size_of::<v4l2_fmtdesc>());
    Ioctl VIDIOC_G_FMT = request(BOTH, 4, size_of::<v4l2_format>());
    Ioctl VIDIOC_S_FMT = request(BOTH, 5, size_of::<v4l2_format>());
    Ioctl VIDIOC_REQBUFS = request(BOTH, 8, size_of::<v4l2_requestbuffers>());
    Ioctl VIDIOC_QUERYBUF = request(BOTH, 9, size_of::<v4l2_buffer>());
    Ioctl VIDIOC_QBUF = request(BOTH, 15, size_of::<v4l2_buffer>());
    Ioctl VIDIOC_DQBUF = request(BOTH, 17, size_of::<v4l2_buffer>());
    Ioctl VIDIOC_STREAMON = request(WRITE, 18, size_of::<i32>());
    Ioctl VIDIOC_STREAMOFF = request(WRITE, 19, size_of::<i32>());
    Ioctl VIDIOC_G_PARM = request(BOTH, 21, size_of::<v4l2_streamparm>());
    Ioctl VIDIOC_S_PARM = request(BOTH, 22, size_of::<v4l2_streamparm>());
    Ioctl VIDIOC_G_CTRL = request(BOTH, 27, size_of::<v4l2_control>());
    Ioctl VIDIOC_S_CTRL = request(BOTH, 28, size_of::<v4l2_control>());
    Ioctl VIDIOC_QUERYMENU = request(BOTH, 37, size_of::<v4l2_querymenu>());
    Ioctl VIDIOC_G_EXT_CTRLS = request(BOTH, 71, size_of::<v4l2_ext_controls>());
    Ioctl VIDIOC_S_EXT_CTRLS = request(BOTH, 72, size_of::<v4l2_ext_controls>());
    Ioctl VIDIOC_ENUM_FRAMESIZES = request(BOTH, 74, size_of::<v4l2_frmsizeenum>());
    Ioctl VIDIOC_ENUM_FRAMEINTERVALS = request(BOTH, 75, size_of::<v4l2_frmivalenum>());
    Ioctl VIDIOC_DQEVENT = request(READ, 89, size_of::<v4l2_event>());
    Ioctl VIDIOC_SUBSCRIBE_EVENT = request(WRITE, 90, size_of::<v4l2_event_subscription>());
    Ioctl VIDIOC_QUERY_EXT_CTRL = request(BOTH, 103, size_of::<v4l2_query_ext_ctrl>());

    u32 V4L2_CAP_DEVICE_CAPS = 0x8000_0000;
    u32 V4L2_CTRL_FLAG_DISABLED = 1;
    u32 V4L2_CTRL_FLAG_READ_ONLY = 4;
    u32 V4L2_CTRL_FLAG_INACTIVE = 0x10;
    u32 V4L2_CTRL_FLAG_NEXT_CTRL = 0x8000_0000;
    u32 V4L2_EVENT_SUB_FL_SEND_INITIAL = 1;
    u32 V4L2_FIELD_NONE = 1;
    u32 V4L2_FRMSIZE_TYPE_DISCRETE = 1;
    u32 V4L2_FRMIVAL_TYPE_DISCRETE = 1;
    u32 V4L2_MEMORY_MMAP = 1;
    u32 V4L2_MEMORY_USERPTR = 2;
    u32 V4L2_PIX_FMT_PRIV_MAGIC = 0xFEED_CAFE;
}

/// Everything here as a C expression with its value, for the test.
pub fn layout() -> Vec<(String, u64)> {
    let (mut all, constants) = (fields(), constants());
    all.extend(constants);
    all
}
