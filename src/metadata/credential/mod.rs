//! C2PA credentials: whether one is there, what it states, and what it is bound to.
//!
//! * **In**: the store of a file, the file itself and the parts of its structure.
//! * **Out**: a [`Credential`] with one plain word, its manifests, and notes for each check.
//! * **Not here**: signatures and certificates: the feature `credentials` asks c2pa-rs, with the lists
//!   of roots in `assets/trust` or those of a person. Nothing is fetched: a credential elsewhere is
//!   named by its URL.
//!
//! Sources: C2PA specification 2.2, ISO/IEC 19566-5 (JUMBF), RFC 8949 (CBOR).

mod answers;
mod binding;
mod cbor;
mod codes;
mod judge;
mod jumbf;
#[cfg(feature = "credentials")]
mod library;
mod lists;
mod pictures;
mod store;
mod values;

pub use answers::{CredentialAnswer, answers};
pub use codes::code_meaning;
pub(super) use judge::{Evidence, judge};
pub use values::{
    Action, CheckResults, Credential, CredentialState, Ingredient, ListUse, Manifest, Misfit,
    Signer, StoredPicture, TrustList, TrustListRef, TrustLists,
};
