//! libpipewire, loaded when it is first needed, so that gpucam starts on machines without it.
//!
//! The crate `pipewire` calls C functions by name, as if the program were linked with the library. This file
//! defines functions of these names, which jump to what dlsym(3) found. So the linker finds every name in the
//! program itself and, as its default `--as-needed` says, records no dependency on the library; a test reads
//! the program's dynamic section. The program does not export the names: the library keeps calling its own.
#![allow(unsafe_code)] // dlopen, dlsym, and calls through the pointers that they give

use std::{
    arch::global_asm,
    ffi::{c_int, c_void},
    sync::OnceLock,
};

use libloading::Library;

use crate::video::PipeWireError;

/// The library's soname, the same since PipeWire 0.3.
const SONAME: &str = "libpipewire-0.3.so.0";

/// Any pointer: the types stand in the crate `pipewire-sys`, which declares the same functions.
type Pointer = *mut c_void;

/// Defines each function of the library that the crate `pipewire` calls. A function with `...` takes a variable
/// number of arguments; the crate passes the ones that are named here, and no others.
macro_rules! functions {
    ($(fn $name:ident($($argument:ident: $type:ty),*) $(-> $returns:ty)?;)*
     ...
     $(fn $variadic:ident($($fixed:ident: $fixed_type:ty),*) $(-> $given:ty)?;)*) => {
        /// Addresses of the library's functions.
        struct Functions {
            $($name: unsafe extern "C" fn($($type),*) $(-> $returns)?,)*
            $($variadic: unsafe extern "C" fn($($fixed_type,)* ...) $(-> $given)?,)*
        }

        impl Functions {
            /// Finds every function, or names the first that is missing.
            fn find(library: &Library) -> Result<Self, &'static str> {
                // SAFETY: the library has the functions of these names with these types (pipewire's headers,
                // 0.3.34 and newer), and is never unloaded.
                unsafe {
                    Ok(Self {
                        $($name: *library.get(stringify!($name).as_bytes()).map_err(|_| stringify!($name))?,)*
                        $($variadic: *library.get(stringify!($variadic).as_bytes()).map_err(|_| stringify!($variadic))?,)*
                    })
                }
            }
        }

        // Some linkers export a function that a shared library of the command line has as well. The library's own
        // calls would then come here.
        $(global_asm!(concat!(".hidden ", stringify!($name)));)*
        $(global_asm!(concat!(".hidden ", stringify!($variadic)));)*

        $(
            // SAFETY: no other function of the program has the name; libpipewire's own is not linked.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $name($($argument: $type),*) $(-> $returns)? {
                // SAFETY: the caller keeps the contract of the library's function, whose type this has.
                unsafe { (functions().$name)($($argument),*) }
            }
        )*
        $(
            // SAFETY: as above.
            #[unsafe(no_mangle)]
            unsafe extern "C" fn $variadic($($fixed: $fixed_type),*) $(-> $given)? {
                // SAFETY: as above; the null pointer ends the list where the function reads one.
                unsafe { (functions().$variadic)($($fixed,)* std::ptr::null_mut::<c_void>()) }
            }
        )*
    };
}

functions! {
    fn pw_init(count: Pointer, words: Pointer);
    fn pw_deinit();
    fn pw_client_info_free(info: Pointer);
    fn pw_context_connect(context: Pointer, properties: Pointer, size: usize) -> Pointer;
    fn pw_context_connect_fd(context: Pointer, fd: c_int, properties: Pointer, size: usize) -> Pointer;
    fn pw_context_destroy(context: Pointer);
    fn pw_context_get_properties(context: Pointer) -> Pointer;
    fn pw_context_new(main_loop: Pointer, properties: Pointer, size: usize) -> Pointer;
    fn pw_context_update_properties(context: Pointer, dict: Pointer) -> c_int;
    fn pw_core_disconnect(core: Pointer) -> c_int;
    fn pw_device_info_free(info: Pointer);
    fn pw_factory_info_free(info: Pointer);
    fn pw_link_info_free(info: Pointer);
    fn pw_loop_destroy(loop_: Pointer);
    fn pw_loop_new(dict: Pointer) -> Pointer;
    fn pw_main_loop_destroy(loop_: Pointer);
    fn pw_main_loop_get_loop(loop_: Pointer) -> Pointer;
    fn pw_main_loop_new(dict: Pointer) -> Pointer;
    fn pw_main_loop_quit(loop_: Pointer) -> c_int;
    fn pw_main_loop_run(loop_: Pointer) -> c_int;
    fn pw_module_info_free(info: Pointer);
    fn pw_node_info_free(info: Pointer);
    fn pw_port_info_free(info: Pointer);
    fn pw_properties_clear(properties: Pointer);
    fn pw_properties_copy(properties: Pointer) -> Pointer;
    fn pw_properties_free(properties: Pointer);
    fn pw_properties_get(properties: Pointer, key: Pointer) -> Pointer;
    fn pw_properties_new_dict(dict: Pointer) -> Pointer;
    fn pw_properties_set(properties: Pointer, key: Pointer, value: Pointer) -> c_int;
    fn pw_proxy_add_listener(proxy: Pointer, hook: Pointer, events: Pointer, data: Pointer);
    fn pw_proxy_destroy(proxy: Pointer);
    fn pw_proxy_get_id(proxy: Pointer) -> u32;
    fn pw_proxy_get_type(proxy: Pointer, version: Pointer) -> Pointer;
    fn pw_stream_add_listener(stream: Pointer, hook: Pointer, events: Pointer, data: Pointer);
    fn pw_stream_connect(stream: Pointer, direction: u32, target: u32, flags: u32, params: Pointer, count: u32) -> c_int;
    fn pw_stream_dequeue_buffer(stream: Pointer) -> Pointer;
    fn pw_stream_destroy(stream: Pointer);
    fn pw_stream_disconnect(stream: Pointer) -> c_int;
    fn pw_stream_flush(stream: Pointer, drain: bool) -> c_int;
    fn pw_stream_get_name(stream: Pointer) -> Pointer;
    fn pw_stream_get_node_id(stream: Pointer) -> u32;
    fn pw_stream_get_properties(stream: Pointer) -> Pointer;
    fn pw_stream_get_state(stream: Pointer, error: Pointer) -> c_int;
    fn pw_stream_get_time(stream: Pointer, time: Pointer) -> c_int;
    fn pw_stream_new(core: Pointer, name: Pointer, properties: Pointer) -> Pointer;
    fn pw_stream_queue_buffer(stream: Pointer, buffer: Pointer) -> c_int;
    fn pw_stream_set_active(stream: Pointer, active: bool) -> c_int;
    fn pw_stream_trigger_process(stream: Pointer) -> c_int;
    fn pw_stream_update_params(stream: Pointer, params: Pointer, count: u32) -> c_int;
    fn pw_thread_loop_accept(loop_: Pointer);
    fn pw_thread_loop_destroy(loop_: Pointer);
    fn pw_thread_loop_get_loop(loop_: Pointer) -> Pointer;
    fn pw_thread_loop_get_time(loop_: Pointer, time: Pointer, timeout: i64) -> c_int;
    fn pw_thread_loop_in_thread(loop_: Pointer) -> bool;
    fn pw_thread_loop_lock(loop_: Pointer);
    fn pw_thread_loop_new(name: Pointer, dict: Pointer) -> Pointer;
    fn pw_thread_loop_signal(loop_: Pointer, waits: bool);
    fn pw_thread_loop_start(loop_: Pointer) -> c_int;
    fn pw_thread_loop_stop(loop_: Pointer);
    fn pw_thread_loop_timed_wait(loop_: Pointer, seconds: c_int) -> c_int;
    fn pw_thread_loop_timed_wait_full(loop_: Pointer, time: Pointer) -> c_int;
    fn pw_thread_loop_unlock(loop_: Pointer);
    fn pw_thread_loop_wait(loop_: Pointer);
    ...
    fn pw_properties_new(key: Pointer) -> Pointer;
    fn pw_stream_set_control(stream: Pointer, id: u32, count: u32, values: Pointer) -> c_int;
    fn pw_stream_set_error(stream: Pointer, code: c_int, words: Pointer) -> c_int;
}

static FUNCTIONS: OnceLock<Result<Functions, String>> = OnceLock::new();

/// The functions, which [`load`] has found: every use of the crate comes after it.
fn functions() -> &'static Functions {
    match FUNCTIONS.get() {
        Some(Ok(functions)) => functions,
        _ => unreachable!("libpipewire is loaded before it is called"),
    }
}

/// Loads the library, once in the life of the program.
///
/// # Errors
/// [`PipeWireError::Library`].
pub fn load() -> Result<(), PipeWireError> {
    let open = || {
        // SAFETY: libpipewire has no initialisers that need anything of the program.
        let library = unsafe { Library::new(SONAME) }.map_err(|error| reason(&error))?;
        let found = Functions::find(&library).map_err(|name| format!("{SONAME} lacks {name}"))?;
        if std::env::var_os("PIPEWIRE_DEBUG").is_none() {
            silence(&library);
        }
        std::mem::forget(library); // its functions are called until the end
        Ok(found)
    };
    match FUNCTIONS.get_or_init(open) {
        Ok(_) => Ok(()),
        Err(reason) => Err(PipeWireError::Library { reason: reason.clone() }),
    }
}

/// Keeps the library from writing lines of its own to standard error. gpucam says in one sentence what the user
/// should know.
fn silence(library: &Library) {
    // SAFETY: `void pw_log_set_level(enum spa_log_level)` of pipewire/log.h; 0 is SPA_LOG_LEVEL_NONE.
    unsafe {
        if let Ok(set_level) = library.get::<unsafe extern "C" fn(c_int)>(b"pw_log_set_level") {
            set_level(0);
        }
    }
}

/// The dynamic linker's words.
fn reason(error: &libloading::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}
