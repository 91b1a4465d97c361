//! Filters of system calls: what the process may not ask of the kernel, whatever it opens.
//!
//! They name what is forbidden rather than what is allowed: which calls a graphics driver makes is its own business,
//! and differs from driver to driver.

use std::{collections::BTreeMap, env::consts::ARCH};

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen::Dword, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, sock_filter,
};

type Rules = BTreeMap<i64, Vec<SeccompRule>>;

/// Calls that neither gpucam nor ffmpeg makes, with any arguments.
fn never() -> Vec<i64> {
    let mut never = vec![
        // Other processes: their memory, descriptors and life.
        libc::SYS_ptrace,
        libc::SYS_process_vm_readv,
        libc::SYS_process_vm_writev,
        libc::SYS_pidfd_getfd,
        libc::SYS_process_madvise,
        // Programs without a file that Landlock could judge.
        libc::SYS_execveat,
        // The kernel itself, and its keys.
        libc::SYS_bpf,
        libc::SYS_perf_event_open,
        libc::SYS_userfaultfd,
        libc::SYS_add_key,
        libc::SYS_request_key,
        libc::SYS_keyctl,
        libc::SYS_init_module,
        libc::SYS_finit_module,
        libc::SYS_delete_module,
        libc::SYS_kexec_load,
        libc::SYS_reboot,
        libc::SYS_syslog,
        libc::SYS_acct,
        libc::SYS_swapon,
        libc::SYS_swapoff,
        libc::SYS_quotactl,
        libc::SYS_settimeofday,
        libc::SYS_clock_settime,
        libc::SYS_adjtimex,
        libc::SYS_clock_adjtime,
        libc::SYS_sethostname,
        libc::SYS_setdomainname,
        libc::SYS_fanotify_init,
        libc::SYS_open_by_handle_at,
        // Another view of the file system.
        libc::SYS_unshare,
        libc::SYS_setns,
        libc::SYS_mount,
        libc::SYS_umount2,
        libc::SYS_pivot_root,
        libc::SYS_chroot,
        libc::SYS_open_tree,
        libc::SYS_move_mount,
        libc::SYS_fsopen,
        libc::SYS_fsconfig,
        libc::SYS_fsmount,
        libc::SYS_fspick,
        libc::SYS_mount_setattr,
    ];
    #[cfg(target_arch = "x86_64")]
    never.extend([libc::SYS_kexec_file_load, libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt]);
    never
}

/// Calls that answer as if the kernel did not have them, so that the C library takes older ones whose arguments a
/// filter sees: clone3 has its flags in memory, and io_uring makes calls that no filter sees.
const UNSEEN: [i64; 4] =
    [libc::SYS_clone3, libc::SYS_io_uring_setup, libc::SYS_io_uring_enter, libc::SYS_io_uring_register];

fn rule(argument: u8, comparison: SeccompCmpOp, value: u64) -> Result<SeccompRule, seccompiler::Error> {
    SeccompRule::new(vec![SeccompCondition::new(argument, Dword, comparison, value)?]).map_err(Into::into)
}

/// Any argument of clone(2) that begins a namespace.
fn namespaces() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    let all = [
        libc::CLONE_NEWUSER,
        libc::CLONE_NEWNS,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    all.iter().map(|&flag| rule(0, SeccompCmpOp::MaskedEq(flag as u64), flag as u64)).collect()
}

/// Characters typed into the terminal that gpucam was started from.
fn typing() -> Result<Vec<SeccompRule>, seccompiler::Error> {
    const TIOCLINUX: u64 = 0x541c;
    [libc::TIOCSTI, TIOCLINUX].iter().map(|&request| rule(1, SeccompCmpOp::Eq, request)).collect()
}

fn program(rules: Rules, error: i32) -> Result<BpfProgram, seccompiler::Error> {
    let action = SeccompAction::Errno(error as u32);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, action, ARCH.try_into()?)?;
    Ok(filter.try_into()?)
}

/// The filter of gpucam itself, as several programs of which the strictest decides.
fn own(may_start: bool) -> Result<Vec<BpfProgram>, seccompiler::Error> {
    let mut rules: Rules = never().into_iter().map(|call| (call, Vec::new())).collect();
    rules.insert(libc::SYS_clone, namespaces()?);
    rules.insert(libc::SYS_ioctl, typing()?);
    if !may_start {
        rules.insert(libc::SYS_execve, Vec::new());
    }
    // PipeWire, D-Bus and systemd are reached through local sockets; there is no other reason for a socket.
    let local_only = vec![rule(0, SeccompCmpOp::Ne, libc::AF_UNIX as u64)?];
    let sockets = Rules::from([(libc::SYS_socket, local_only)]);
    Ok([vec![program(rules, libc::EPERM)?, program(sockets, libc::EAFNOSUPPORT)?], unseen()?].concat())
}

/// The filter of an ffmpeg beside it: no sockets at all, and no processes of its own.
pub(super) fn of_child() -> Result<Vec<BpfProgram>, seccompiler::Error> {
    let mut rules: Rules = never().into_iter().map(|call| (call, Vec::new())).collect();
    let sockets = [libc::SYS_socket, libc::SYS_connect, libc::SYS_bind, libc::SYS_listen, libc::SYS_accept4];
    rules.extend(sockets.map(|call| (call, Vec::new())));
    rules.insert(libc::SYS_kill, Vec::new());
    rules.insert(libc::SYS_ioctl, typing()?);
    // A thread, and nothing else.
    let thread = libc::CLONE_THREAD as u64;
    rules.insert(libc::SYS_clone, vec![rule(0, SeccompCmpOp::MaskedEq(thread), 0)?]);
    #[cfg(target_arch = "x86_64")]
    rules.extend([libc::SYS_fork, libc::SYS_vfork].map(|call| (call, Vec::new())));
    Ok([vec![program(rules, libc::EPERM)?], unseen()?].concat())
}

/// Calls that seem not to be there.
fn unseen() -> Result<Vec<BpfProgram>, seccompiler::Error> {
    let rules = UNSEEN.into_iter().map(|call| (call, Vec::new())).collect();
    let mut programs = vec![program(rules, libc::ENOSYS)?];
    if cfg!(target_arch = "x86_64") {
        programs.push(no_x32());
    }
    Ok(programs)
}

/// The x32 calls of x86-64 have numbers of their own, which the other programs do not know.
fn no_x32() -> BpfProgram {
    const LOAD_NUMBER: u16 = 0x20; // BPF_LD | BPF_W | BPF_ABS, at offset 0 of seccomp_data
    const JUMP_IF_AT_LEAST: u16 = 0x35; // BPF_JMP | BPF_JGE | BPF_K
    const RETURN: u16 = 0x06; // BPF_RET | BPF_K
    const X32: u32 = 0x4000_0000; // __X32_SYSCALL_BIT
    let refused = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
    let line = |code, jt, k| sock_filter { code, jt, jf: 0, k };
    vec![
        line(LOAD_NUMBER, 0, 0),
        line(JUMP_IF_AT_LEAST, 1, X32),
        line(RETURN, 0, libc::SECCOMP_RET_ALLOW),
        line(RETURN, 0, refused),
    ]
}

/// Holds all threads of this process to the filter, for good.
///
/// # Errors
/// Why it does not hold, in words.
pub(super) fn hold(may_start: bool) -> Result<(), String> {
    let programs = own(may_start).map_err(|error| error.to_string())?;
    programs
        .iter()
        .try_for_each(|program| seccompiler::apply_filter_all_threads(program))
        .map_err(|error| error.to_string())
}
