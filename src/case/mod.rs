//! L3, the case file: media by hash, findings, masks, states of a queue, and an audit log whose entries are chained by hashes.
