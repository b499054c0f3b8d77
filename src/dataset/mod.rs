//! L3, data sets of corrected masks: our own lossless folder, and the formats of other labelling tools.
