//! Which TCP port this process may connect to, by Landlock.

/// Takes from this thread, and from the threads and processes that it starts, every TCP connection but one
/// to this port, on whatever machine. `false` where the system cannot do that (Linux before 6.7).
#[cfg(target_os = "linux")]
pub(crate) fn connect_only_to(port: u16) -> bool {
    use landlock::{
        ABI, Access as _, AccessNet, NetPort, Ruleset, RulesetAttr as _, RulesetCreatedAttr as _,
        RulesetError, RulesetStatus,
    };

    let enter = || -> Result<_, RulesetError> {
        Ruleset::default()
            .handle_access(AccessNet::from_all(ABI::V4))?
            .create()?
            .add_rule(NetPort::new(port, AccessNet::ConnectTcp))?
            .restrict_self()
    };
    enter().is_ok_and(|status| status.ruleset == RulesetStatus::FullyEnforced)
}

/// Other systems have no such rule that a program can take on itself.
#[cfg(not(target_os = "linux"))]
pub(crate) const fn connect_only_to(_port: u16) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::io::ErrorKind;
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn no_other_port_is_connected_to_or_bound() {
        let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [this, other] = listeners.each_ref().map(|socket| socket.local_addr().unwrap());
        // The rule holds for a thread and what it starts.
        let refused = std::thread::spawn(move || {
            connect_only_to(this.port()).then(|| {
                let there = TcpStream::connect(this).map(drop);
                let elsewhere = TcpStream::connect(other).map(drop);
                let bound = TcpListener::bind("127.0.0.1:0").map(drop);
                [there, elsewhere, bound].map(|done| done.err().map(|error| error.kind()))
            })
        });
        let Some(refused) = refused.join().unwrap() else {
            return crate::base::skip_test("this system has no Landlock for TCP");
        };
        let denied = Some(ErrorKind::PermissionDenied);
        assert_eq!(refused, [None, denied, denied]);
    }
}
