//! L4, the queue of a case: filling, examining, ranking, agreement of readers, what is handed on.
