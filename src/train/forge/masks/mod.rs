//! Where a forgery goes: shapes over a face.
//!
//! * **In**: landmarks or a mesh. **Out**: hard masks.
//! * **Not here**: softening them (`pixels::blend`), where the mesh comes from (`faces`).

pub(in crate::train::forge) mod kind;
pub(in crate::train::forge) mod mask;
pub(in crate::train::forge) mod mask_mesh;
pub(in crate::train::forge) mod polygon;
pub(in crate::train::forge) mod shape;
