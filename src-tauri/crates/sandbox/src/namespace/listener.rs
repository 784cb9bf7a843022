//! A socket that listens in the command's own network and is accepted from outside of it.
//!
//! The child of the fork makes a network namespace with nothing but a loopback in it, listens there
//! on [`PORT`], and passes the listening socket to its parent over a socket pair. A socket stays in
//! the network it was made in, so the command can connect to it and to nothing else, and whoever
//! accepts decides what comes of it. No process of ours runs inside.

use std::io;
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::fd::FromRawFd;
use std::os::fd::OwnedFd;

use super::check;

/// Where the command finds the listener, on its own 127.0.0.1. The network is new, so it is free.
pub const PORT: u16 = 3128;

/// Connections that wait to be accepted at most.
const BACKLOG: libc::c_int = 128;

/// The parent's end: the listener comes through it when the command has been spawned.
#[derive(Debug)]
pub struct Listening(OwnedFd);

/// A descriptor in a message, as the kernel lays it out.
#[repr(C)]
struct Passed {
    header: libc::cmsghdr,
    descriptor: libc::c_int,
}

/// Makes both ends of the way out.
pub(crate) fn pair() -> io::Result<(Listening, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the kernel writes two descriptors into the array, which are then owned here.
    unsafe {
        check(libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()))?;
        let [ours, theirs] = ends.map(|end| OwnedFd::from_raw_fd(end));
        Ok((Listening(ours), theirs))
    }
}

impl Listening {
    /// The listener. To be asked for once, after the command has been spawned without an error:
    /// it was sent before the program began.
    ///
    /// # Errors
    ///
    /// What the system said; the command then reaches nothing.
    pub fn take(self) -> io::Result<TcpListener> {
        let mut byte = 0_u8;
        let mut part = libc::iovec {
            iov_base: (&raw mut byte).cast(),
            iov_len: 1,
        };
        // SAFETY: plain data, for which zero is a value.
        let mut passed: Passed = unsafe { std::mem::zeroed() };
        // SAFETY: as above.
        let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut passed).cast();
        message.msg_controllen = size_of::<Passed>();
        let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        // SAFETY: the message points at the values above, which outlive the call.
        let read = unsafe { libc::recvmsg(self.0.as_raw_fd(), &raw mut message, flags) };
        if read < 0 {
            return Err(io::Error::last_os_error());
        }
        if read != 1
            || passed.header.cmsg_level != libc::SOL_SOCKET
            || passed.header.cmsg_type != libc::SCM_RIGHTS
        {
            return Err(io::Error::other("the command's network was not set up"));
        }
        // SAFETY: the kernel has just made this descriptor for us.
        Ok(TcpListener::from(unsafe {
            OwnedFd::from_raw_fd(passed.descriptor)
        }))
    }
}

/// Moves this process into a new network, listens in it and sends the listener to `out`. Between
/// `fork` and `exec`: bare system calls only.
pub(super) unsafe fn listen_in_own_network(out: &OwnedFd) -> io::Result<()> {
    unsafe {
        check(libc::unshare(libc::CLONE_NEWNET))?;
        bring_up_loopback()?;
        let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
        let listener = libc::socket(libc::AF_INET, kind, 0);
        check(listener)?;
        let mut at: libc::sockaddr_in = std::mem::zeroed();
        at.sin_family = libc::AF_INET as libc::sa_family_t;
        at.sin_port = PORT.to_be();
        at.sin_addr.s_addr = libc::INADDR_LOOPBACK.to_be();
        let size = size_of::<libc::sockaddr_in>() as libc::socklen_t;
        check(libc::bind(listener, (&raw const at).cast(), size))?;
        check(libc::listen(listener, BACKLOG))?;
        send(out.as_raw_fd(), listener)?;
        // Left open it would be one more way in; it is closed on exec anyway.
        libc::close(listener);
        Ok(())
    }
}

unsafe fn bring_up_loopback() -> io::Result<()> {
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        check(socket)?;
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let raised = check(libc::ioctl(
            socket,
            libc::SIOCSIFFLAGS as _,
            &raw mut request,
        ));
        libc::close(socket);
        raised
    }
}

unsafe fn send(out: libc::c_int, descriptor: libc::c_int) -> io::Result<()> {
    unsafe {
        let mut byte = 0_u8;
        let mut part = libc::iovec {
            iov_base: (&raw mut byte).cast(),
            iov_len: 1,
        };
        let mut passed: Passed = std::mem::zeroed();
        passed.header.cmsg_level = libc::SOL_SOCKET;
        passed.header.cmsg_type = libc::SCM_RIGHTS;
        passed.header.cmsg_len = libc::CMSG_LEN(size_of::<libc::c_int>() as libc::c_uint) as _;
        passed.descriptor = descriptor;
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = &raw mut part;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut passed).cast();
        message.msg_controllen = size_of::<Passed>();
        if libc::sendmsg(out, &raw const message, libc::MSG_NOSIGNAL) == 1 {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_descriptor_goes_through_whole() {
        let (ours, theirs) = pair().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        // SAFETY: both descriptors are open.
        unsafe { send(theirs.as_raw_fd(), listener.as_raw_fd()) }.unwrap();
        assert_eq!(ours.take().unwrap().local_addr().unwrap(), address);
    }

    #[test]
    fn nothing_sent_is_an_error_and_no_wait() {
        let (ours, _theirs) = pair().unwrap();
        assert_eq!(ours.take().unwrap_err().kind(), io::ErrorKind::WouldBlock);
        let (ours, theirs) = pair().unwrap();
        drop(theirs);
        assert!(ours.take().is_err());
    }
}
