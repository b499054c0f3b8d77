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
