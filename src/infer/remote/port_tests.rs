//! The process of a scan keeps itself to the port of its model server.

use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream};

use crate::base::skip_test;
use crate::confine::connect_only_to;

#[test]
fn no_other_port_is_connected_to_or_bound() {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    let [this, other] = listeners.each_ref().map(|socket| socket.local_addr().unwrap());
    // The rule holds for a thread and what it starts.
    let refused = std::thread::Builder::new().name("confined".to_owned()).spawn(move || {
        connect_only_to(this.port()).then(|| {
            let there = TcpStream::connect(this).map(drop);
            let elsewhere = TcpStream::connect(other).map(drop);
            let bound = TcpListener::bind("127.0.0.1:0").map(drop);
            [there, elsewhere, bound].map(|done| done.err().map(|error| error.kind()))
        })
    });
    let Some(refused) = refused.unwrap().join().unwrap() else {
        return skip_test("this system has no Landlock for TCP");
    };
    let denied = Some(ErrorKind::PermissionDenied);
    assert_eq!(refused, [None, denied, denied]);
}
