//! Gates before units of work: what a test sees does not depend on how fast the machine is.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, LazyLock, Mutex};

/// Whoever works on a file whose name contains `gated` passes its gate before every unit of work.
#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<GateState>,
    changed: Condvar,
}

#[derive(Default)]
struct GateState {
    /// Units that may pass; `None` while it is open.
    n_allowed: Option<usize>,
    n_passed: usize,
}

static GATES: LazyLock<Mutex<BTreeMap<String, Arc<Gate>>>> = LazyLock::new(Mutex::default);

/// The gate of files of this name, which is open at first.
pub(crate) fn gate(name: &str) -> Arc<Gate> {
    Arc::clone(GATES.lock().expect("no crash").entry(name.to_owned()).or_default())
}

impl Gate {
    /// Lets so many more units pass, no others.
    pub(crate) fn allow(&self, n_units: usize) {
        self.set(Some(n_units));
    }

    /// Lets all units pass.
    pub(crate) fn open(&self) {
        self.set(None);
    }

    fn set(&self, n_allowed: Option<usize>) {
        self.state.lock().expect("no crash").n_allowed = n_allowed;
        self.changed.notify_all();
    }

    /// Units that have passed so far.
    pub(crate) fn n_passed(&self) -> usize {
        self.state.lock().expect("no crash").n_passed
    }

    /// Waits until a unit may pass.
    pub(crate) fn pass(&self) {
        let state = self.state.lock().expect("no crash");
        let is_shut = |state: &mut GateState| state.n_allowed == Some(0);
        let mut state = self.changed.wait_while(state, is_shut).expect("no crash");
        state.n_allowed = state.n_allowed.map(|n| n - 1);
        state.n_passed += 1;
    }
}
