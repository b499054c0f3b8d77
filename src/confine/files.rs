//! Which files a child may open, by Landlock.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, BitFlags, PathBeneath, PathFd, Ruleset,
    RulesetAttr as _, RulesetCreatedAttr as _, RulesetError, Scope, path_beneath_rules,
};

use super::interpreter::interpreters;
use super::reach::Reach;

/// The newest version whose rights were tried here. On an older kernel those that it lacks are left
/// out.
const NEWEST: ABI = ABI::V7;

/// Where the loader finds libraries.
const LIBRARIES: [&str; 10] = [
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/etc/ld.so.cache",
    "/etc/ld.so.preload",
];

/// What tells a program how many processors and how much memory there are.
const MACHINE: [&str; 4] = [
    "/proc/cpuinfo",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu",
    "/sys/devices/system/node",
];

/// Stores whose packages lie each in a folder of its own and use one another.
const STORES: [&str; 2] = ["/nix/store", "/gnu/store"];

/// The rules; `None` where the kernel has no Landlock. Nothing may be written but the file of a
/// writer, nothing run but the program, no TCP port bound or connected.
pub(super) fn ruleset(program: &Path, reach: &Reach<'_>) -> Result<Option<OwnedFd>, RulesetError> {
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    let run = AccessFs::ReadFile | AccessFs::Execute;
    let program = program.canonicalize().unwrap_or_else(|_| program.to_owned());
    let rules = Ruleset::default()
        .handle_access(AccessFs::from_all(NEWEST))?
        .handle_access(AccessNet::from_all(NEWEST))?
        .scope(Scope::from_all(NEWEST))?
        .create()?
        .add_rules(path_beneath_rules(libraries(&program), read))?
        .add_rules(path_beneath_rules(reach.library, AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(MACHINE, read))?
        .add_rules(path_beneath_rules(["/dev/zero", "/dev/urandom"], AccessFs::ReadFile))?
        .add_rules(path_beneath_rules(["/dev/null"], AccessFs::ReadFile | AccessFs::WriteFile))?
        .add_rules(path_beneath_rules(interpreters(&program), run))?
        .add_rules(path_beneath_rules([&program], run))?;
    let rules = match reach.file.map(PathFd::new) {
        Some(Ok(file)) => rules.add_rule(PathBeneath::new(file, file_access(reach.writes)))?,
        // The child says what is wrong with it.
        Some(Err(_)) | None => rules,
    };
    Ok(rules.into())
}

/// A writer reads its file again to move the index of an MP4 file to the front.
fn file_access(writes: bool) -> BitFlags<AccessFs> {
    if writes {
        AccessFs::ReadFile | AccessFs::WriteFile | AccessFs::Truncate
    } else {
        AccessFs::ReadFile.into()
    }
}

/// The folders of libraries: those of the system, and those that came with the program.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = LIBRARIES.iter().map(PathBuf::from).collect();
    folders.extend(STORES.iter().map(PathBuf::from).filter(|store| program.starts_with(store)));
    let own = program.parent().and_then(Path::parent);
    folders.extend(own.iter().flat_map(|own| ["lib", "lib64"].map(|name| own.join(name))));
    // Homebrew: PREFIX/Cellar/ffmpeg/8.0/bin/ffmpeg uses PREFIX/opt/x264/lib.
    let cellar = program.ancestors().find(|folder| folder.ends_with("Cellar"));
    let prefix = cellar.and_then(Path::parent);
    folders.extend(
        prefix.iter().flat_map(|prefix| ["Cellar", "lib", "opt"].map(|name| prefix.join(name))),
    );
    folders
}
