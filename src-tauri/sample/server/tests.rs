use std::io::Read;
use std::io::Write;

use super::*;

#[test]
fn the_socket_is_private_and_goes_with_the_demo() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("private");
    let socket = folder.join("demo.sock");
    let demo = Demo::start(&socket).unwrap();
    assert_eq!(
        fs::metadata(&folder).unwrap().permissions().mode() & 0o777,
        0o700
    );

    let error = Demo::start(&socket).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
    assert!(
        error.to_string().contains(socket.to_str().unwrap()),
        "{error}"
    );

    drop(demo);
    assert!(!socket.exists());
    // A socket nobody listens on was left by a demo that was killed.
    drop(UnixListener::bind(&socket).unwrap());
    drop(Demo::start(&socket).unwrap());

    fs::write(&socket, "mine").unwrap();
    assert_eq!(
        Demo::start(&socket).unwrap_err().kind(),
        io::ErrorKind::AddrInUse
    );
    assert_eq!(fs::read_to_string(&socket).unwrap(), "mine");

    fs::set_permissions(&folder, fs::Permissions::from_mode(0o755)).unwrap();
    let error = Demo::start(&folder.join("other.sock")).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::PermissionDenied);
}

#[test]
fn dropping_the_demo_ends_a_stream_under_way() {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("private/demo.sock");
    // So slow that it would never come to its end.
    let demo = Demo::start_with_pace(&socket, Duration::from_secs(3600)).unwrap();
    let mut connection = UnixStream::connect(&socket).unwrap();
    let body = json!({ "input": "hello" }).to_string();
    let length = body.len();
    write!(
        connection,
        "POST /v1/responses HTTP/1.1\r\nHost: demo.invalid\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut first = [0; 12];
    connection.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 200");
    drop(demo);
    let mut rest = String::new();
    connection.read_to_string(&mut rest).unwrap();
    assert!(
        rest.contains("response.created") && !rest.contains("response.completed"),
        "{rest}"
    );
}
