//! The system calls a confined command may not make.
//!
//! Namespaces hide files and networks; this filter closes what they leave open. Sockets that are
//! not internet sockets are refused, because a socket of the session bus or of an agent reaches
//! every secret the person has unlocked; socket pairs between a command's own processes work.
//! Tracing, the kernel keyring, mounts, new namespaces, io_uring and a few interfaces with a
//! history of kernel holes are refused with EPERM, so that programs which try them fall back.
//!
//! `clone3` hides its flags from any filter, so it answers ENOSYS and the C library uses `clone`,
//! whose flags can be read. Calls of another processor mode (32-bit, x32) end the process: a
//! filter by number does not hold for them, and no ordinary tool makes them.

use std::collections::BTreeMap;

use seccompiler::SeccompAction;
use seccompiler::SeccompCmpArgLen::Dword;
use seccompiler::SeccompCmpOp;
use seccompiler::SeccompCondition;
use seccompiler::SeccompFilter;
use seccompiler::SeccompRule;
use seccompiler::TargetArch;
use seccompiler::sock_filter;

use crate::Error;

/// `open_tree_attr`, which the C library crate does not name yet.
const SYS_OPEN_TREE_ATTR: libc::c_long = 467;

/// Refused whatever their arguments are.
const REFUSED: &[libc::c_long] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // A second way to make every other call.
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    // The kernel's keyring is shared with the rest of the session.
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    // Kernel interfaces with many holes and no use here.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_open_by_handle_at,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_syslog,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
    // Mounts and roots.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    SYS_OPEN_TREE_ATTR,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
];

/// The oldest way to read raw packets; not named by the C library crate on Linux.
const SOCK_PACKET: libc::c_int = 10;

const NAMESPACE_FLAGS: &[libc::c_int] = &[
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Bit that marks a call of the x32 interface on x86-64.
const X32_BIT: u32 = 0x4000_0000;

/// The filter as bubblewrap reads it: the kernel's instructions, one after another.
///
/// # Errors
///
/// [`Error::Filter`] on a processor for which no filter can be built.
pub fn program() -> Result<Vec<u8>, Error> {
    let filter_error = |reason: String| Error::Filter { reason };
    let arch = TargetArch::try_from(std::env::consts::ARCH)
        .map_err(|error| filter_error(error.to_string()))?;
    let rules = rules().map_err(|error| filter_error(error.to_string()))?;
    let filter = SeccompFilter::new(
        rules,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        arch,
    )
    .map_err(|error| filter_error(error.to_string()))?;
    let compiled: Vec<sock_filter> = filter
        .try_into()
        .map_err(|error: seccompiler::BackendError| filter_error(error.to_string()))?;
    Ok(prelude()
        .into_iter()
        .chain(compiled)
        .flat_map(|step| {
            let mut bytes = [0_u8; 8];
            bytes[..2].copy_from_slice(&step.code.to_ne_bytes());
            bytes[2] = step.jt;
            bytes[3] = step.jf;
            bytes[4..].copy_from_slice(&step.k.to_ne_bytes());
            bytes
        })
        .collect())
}

/// What the compiler cannot say: a third answer for `clone3`, and the end for x32 calls. Jumps
/// are relative, so it stands in front of the compiled program unchanged.
fn prelude() -> Vec<sock_filter> {
    let step = |code: u32, jt, jf, k| sock_filter {
        code: code as u16,
        jt,
        jf,
        k,
    };
    let ret = libc::BPF_RET | libc::BPF_K;
    let mut steps = vec![
        step(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0, 0, 0),
        step(
            libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K,
            0,
            1,
            libc::SYS_clone3 as u32,
        ),
        step(ret, 0, 0, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32),
    ];
    if cfg!(target_arch = "x86_64") {
        steps.push(step(
            libc::BPF_JMP | libc::BPF_JGE | libc::BPF_K,
            0,
            1,
            X32_BIT,
        ));
        steps.push(step(ret, 0, 0, libc::SECCOMP_RET_KILL_PROCESS));
    }
    steps
}

fn rules() -> Result<BTreeMap<i64, Vec<SeccompRule>>, seccompiler::BackendError> {
    let is = |argument: u8, op: SeccompCmpOp, value: libc::c_int| {
        SeccompCondition::new(argument, Dword, op, u64::from(value as u32))
    };
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> =
        REFUSED.iter().map(|&call| (call, Vec::new())).collect();

    rules.insert(
        libc::SYS_socket,
        vec![
            SeccompRule::new(vec![
                is(0, SeccompCmpOp::Ne, libc::AF_INET)?,
                is(0, SeccompCmpOp::Ne, libc::AF_INET6)?,
            ])?,
            SeccompRule::new(vec![is(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_RAW)?])?,
            SeccompRule::new(vec![is(1, SeccompCmpOp::MaskedEq(0xf), SOCK_PACKET)?])?,
        ],
    );
    // A datagram pair can still be pointed at any named socket, so it is as good as a socket; the
    // kernel makes one of a raw pair as well.
    rules.insert(
        libc::SYS_socketpair,
        vec![
            SeccompRule::new(vec![is(0, SeccompCmpOp::Ne, libc::AF_UNIX)?])?,
            SeccompRule::new(vec![is(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_DGRAM)?])?,
            SeccompRule::new(vec![is(1, SeccompCmpOp::MaskedEq(0xf), libc::SOCK_RAW)?])?,
        ],
    );
    let mut namespaces = Vec::new();
    for &flag in NAMESPACE_FLAGS {
        let masked = SeccompCmpOp::MaskedEq(u64::from(flag as u32));
        namespaces.push(SeccompRule::new(vec![is(0, masked, flag)?])?);
    }
    rules.insert(libc::SYS_clone, namespaces.clone());
    rules.insert(libc::SYS_unshare, namespaces);
    // Typing into the terminal that the app was started from.
    rules.insert(
        libc::SYS_ioctl,
        vec![
            SeccompRule::new(vec![is(1, SeccompCmpOp::Eq, libc::TIOCSTI as libc::c_int)?])?,
            SeccompRule::new(vec![is(
                1,
                SeccompCmpOp::Eq,
                libc::TIOCLINUX as libc::c_int,
            )?])?,
        ],
    );
    Ok(rules)
}
