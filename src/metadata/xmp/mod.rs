//! XMP: the RDF packet as one field for each value.
//!
//! * **In**: a packet in UTF-8, UTF-16 or UTF-32. **Out**: a field for each simple value, with its path.
//! * **Not here**: what the values mean.
//!
//! Sources: ISO 16684-1 (XMP), Adobe's XMP specification parts 1 to 3.

mod namespaces;
mod packet;
mod rdf;

pub(super) use packet::read;
