//! Whose turn it is to change a case, among the handles that one process has of it.
//!
//! * **In**: wishes to change it. **Out**: turns, one at a time.
//! * **Not here**: other programs (`access`), transactions (`change`).
//!
//! SQLite orders transactions by trying again after growing pauses: who makes many changes one after
//! the other could keep somebody else out for seconds. Here those who are at long work stand back:
//! while anybody else wants a turn they get none.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Who waits, and whether somebody is at it.
#[derive(Debug, Default)]
struct State {
    is_taken: bool,
    /// How many are to go before those at long work.
    n_first: usize,
}

/// Shared by all handles of a case in this process.
#[derive(Debug, Default)]
pub(super) struct Turns {
    state: Mutex<State>,
    changed: Condvar,
}

/// The right to change the case now, until dropped.
#[derive(Debug)]
pub(super) struct Turn(Arc<Turns>);

/// Keeps long work on a case from beginning its next change, until dropped.
#[derive(Debug)]
pub struct First(Arc<Turns>);

impl Turns {
    /// Waits for a turn; `None` when somebody was at it for all this time. Who `stands_back` lets all
    /// others go first.
    pub(super) fn take(self: &Arc<Self>, stands_back: bool, within: Duration) -> Option<Turn> {
        let first = (!stands_back).then(|| self.first());
        let mut end = Instant::now() + within;
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if stands_back && state.n_first > 0 {
                // However long that takes: it is what somebody waits for.
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                end = Instant::now() + within;
            } else if state.is_taken {
                let left = end.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return None;
                }
                let waited = self.changed.wait_timeout(state, left);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            } else {
                break;
            }
        }
        state.is_taken = true;
        drop(state);
        drop(first);
        Some(Turn(Arc::clone(self)))
    }

    pub(super) fn first(self: &Arc<Self>) -> First {
        self.set(|state| state.n_first += 1);
        First(Arc::clone(self))
    }

    fn set(&self, change: impl FnOnce(&mut State)) {
        change(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.notify_all();
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.set(|state| state.is_taken = false);
    }
}

impl Drop for First {
    fn drop(&mut self) {
        self.0.set(|state| state.n_first -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const LONG: Duration = Duration::from_secs(20);

    #[test]
    fn one_turn_at_a_time_and_waiting_has_an_end() {
        let turns = Arc::<Turns>::default();
        let turn = turns.take(false, SHORT).unwrap();
        assert!(turns.take(false, SHORT).is_none());
        assert!(turns.take(true, SHORT).is_none());
        drop(turn);
        drop(turns.take(true, SHORT).unwrap());
        drop(turns.take(false, SHORT).unwrap());
    }

    #[test]
    fn long_work_stands_back_while_anybody_is_to_go_first_however_long() {
        let turns = Arc::<Turns>::default();
        let order = Mutex::new(Vec::new());
        let first = turns.first();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let turn = turns.take(true, SHORT);
                order.lock().unwrap().push(if turn.is_some() { "long work" } else { "gave up" });
            });
            std::thread::sleep(3 * SHORT);
            drop(turns.take(false, SHORT).expect("who goes first is not kept waiting"));
            order.lock().unwrap().push("first");
            drop(first);
        });
        assert_eq!(*order.lock().unwrap(), ["first", "long work"]);
    }

    #[test]
    fn of_two_who_wait_the_one_at_long_work_comes_second() {
        let turns = Arc::<Turns>::default();
        let order = Mutex::new(Vec::new());
        let turn = turns.take(true, LONG).unwrap();
        std::thread::scope(|scope| {
            for stands_back in [true, false] {
                let (turns, order) = (&turns, &order);
                scope.spawn(move || {
                    let _turn = turns.take(stands_back, LONG).unwrap();
                    order.lock().unwrap().push(stands_back);
                });
            }
            while turns.state.lock().unwrap().n_first == 0 {
                std::thread::yield_now();
            }
            drop(turn);
        });
        assert_eq!(*order.lock().unwrap(), [false, true]);
    }
}
