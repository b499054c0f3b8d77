//! The libraries that this program knows by their hashes: those of the releases that it was tested with
//! or recommends, as `PyPI` had them.
//!
//! Each release stands in `known.txt`: a line in brackets with package, version, system and processor, then
//! one line a file. Libraries for Linux are the same whatever version of Python a wheel is for; those for
//! Windows and macOS carry a signature of their own in each.

const KNOWN: &str = include_str!("known.txt");

/// A release for one kind of computer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Release {
    /// Name on `PyPI`, for instance `onnxruntime-gpu`.
    pub(super) package: &'static str,
    pub(super) version: &'static str,
    /// As in [`std::env::consts::OS`].
    system: &'static str,
    /// As in [`std::env::consts::ARCH`], or `any`.
    processor: &'static str,
}

impl Release {
    /// Whether it runs on this computer.
    pub(super) fn is_for_here(&self) -> bool {
        self.system == std::env::consts::OS
            && [std::env::consts::ARCH, "any"].contains(&self.processor)
    }

    /// For instance `onnxruntime 1.28.0 for linux x86_64`.
    pub(super) fn label(&self) -> String {
        let Self { package, version, system, processor } = self;
        match *processor {
            "any" => format!("{package} {version} for {system}"),
            processor => format!("{package} {version} for {system} {processor}"),
        }
    }
}

/// The release that all these files belong to; `files` are names with SHA-256 in lower-case hex.
pub(super) fn release_of<'a>(
    files: &(impl Iterator<Item = (&'a str, &'a str)> + Clone),
) -> Option<Release> {
    releases().find_map(|(release, lines)| {
        let is_in = |(name, sha256): (&str, &str)| {
            lines.iter().any(|line| line.split_once(' ') == Some((sha256, name)))
        };
        (files.clone().next().is_some() && files.clone().all(is_in)).then_some(release)
    })
}

/// The releases for this computer.
pub(super) fn for_here() -> Vec<Release> {
    releases().map(|(release, _)| release).filter(Release::is_for_here).collect()
}

/// Each release with its lines of files.
fn releases() -> impl Iterator<Item = (Release, Vec<&'static str>)> {
    KNOWN.split('[').filter_map(|part| {
        let (head, files) = part.split_once(']')?;
        let [package, version, system, processor] =
            head.split(' ').collect::<Vec<_>>().try_into().ok()?;
        let release = Release { package, version, system, processor };
        Some((release, files.lines().filter(|line| !line.is_empty()).collect()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_well_formed() {
        assert_eq!(releases().count(), KNOWN.matches('[').count(), "every head has four words");
        for (release, files) in releases() {
            assert!(!files.is_empty(), "{}", release.label());
            for line in files {
                let (sha256, name) = line.split_once(' ').unwrap();
                let is_hash = sha256.len() == 64
                    && sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
                assert!(is_hash && !name.contains(['/', '\\', ' ']), "{line}");
            }
        }
    }

    #[test]
    fn a_release_is_found_by_all_of_its_files() {
        let shared = "086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d";
        let cuda = "c5b5b5cff02eb02f9bb73e36bae51328dc5027642778bffc5065c9ab49419389";
        let files = [
            ("libonnxruntime_providers_shared.so", shared),
            ("libonnxruntime_providers_cuda.so", cuda),
        ];
        let package = |files: &[(&str, &str)]| {
            release_of(&files.iter().copied()).map(|release| release.package)
        };
        assert_eq!(package(&files[..1]), Some("onnxruntime"), "the first that has it");
        assert_eq!(package(&files), Some("onnxruntime-gpu"), "both are in this one only");
        assert_eq!(package(&[("libonnxruntime.so.1.28.0", shared)]), None, "the name counts");
        assert_eq!(package(&[]), None);
    }
}
