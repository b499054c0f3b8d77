//! Finding `ffmpeg` and `ffprobe`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use parking_lot::Mutex;

use super::child::{ReadFrom, run, start};
use crate::base::TaskCtx;
use crate::confine::{Reach, ResourceLimits};
use crate::media::Error;

/// Names the only folder that is searched.
const VARIABLE: &str = "PENTIMENTO_FFMPEG";
/// `-fps_mode` came with it.
const OLDEST: (u32, u32) = (5, 1);
/// For the answer to the question after the version. A disk may have to wake up.
const ANSWER_TIME: Duration = Duration::from_secs(20);
const ANSWER_BYTES: usize = 64 << 10;

/// `ffmpeg` and `ffprobe`, programs that are started as child processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    pub(super) ffmpeg: PathBuf,
    pub(super) ffprobe: PathBuf,
    version: String,
    /// Whether they run with files and system calls shut to them (`confine`).
    pub(super) runs_sandboxed: bool,
    /// `ffmpeg` has the decoder [`STRICT_VP9`].
    pub(super) has_strict_vp9: bool,
}

/// The decoder of VP9 that reports damaged data; the usual one shows what it makes of them.
pub(super) const STRICT_VP9: &str = "libvpx-vp9";

/// The tools found, and the values of the two variables then.
type Known = Option<([Option<OsString>; 2], Tools)>;
static KNOWN: Mutex<Known> = Mutex::new(None);

impl Tools {
    /// Looks in the folder that the environment variable `PENTIMENTO_FFMPEG` names and nowhere
    /// else; without it, in the folders of `PATH` and then in those where installers put it.
    /// Asks for the version by starting `ffmpeg` once; later calls remember.
    ///
    /// # Errors
    ///
    /// [`Error::NoFfmpeg`] with what to install, [`Error::OldFfmpeg`].
    pub fn find() -> Result<Self, Error> {
        let variables = [VARIABLE, "PATH"].map(std::env::var_os);
        let mut known = KNOWN.lock();
        if let Some((seen, tools)) = known.as_ref()
            && *seen == variables
            && tools.ffmpeg.is_file()
            && tools.ffprobe.is_file()
        {
            return Ok(tools.clone());
        }
        let [named, path] = &variables;
        let tools = if let Some(folder) = named.as_ref().filter(|f| !f.is_empty()) {
            Self::in_folders(&[PathBuf::from(folder)])?
        } else {
            let mut folders: Vec<PathBuf> =
                path.as_ref().map(|p| std::env::split_paths(p).collect()).unwrap_or_default();
            // A relative folder would mean another program in every working directory.
            folders.retain(|folder| folder.is_absolute());
            folders.extend(usual_folders());
            Self::in_folders(&folders)?
        };
        *known = Some((variables, tools.clone()));
        Ok(tools)
    }

    /// As the program prints it, for instance `5.1.9-0+deb12u1`.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The program `ffmpeg`, for coding; decoding goes through [`Video`](super::Video).
    pub fn ffmpeg(&self) -> &Path {
        &self.ffmpeg
    }

    /// Whether they run with files and system calls shut to them, as far as this system can do so.
    /// One with libraries in unusual folders does not.
    pub const fn runs_sandboxed(&self) -> bool {
        self.runs_sandboxed
    }

    /// Placeholder for formats that need no program.
    pub(super) fn none() -> Self {
        Self {
            ffmpeg: PathBuf::new(),
            ffprobe: PathBuf::new(),
            version: String::new(),
            runs_sandboxed: true,
            has_strict_vp9: false,
        }
    }

    fn in_folders(folders: &[PathBuf]) -> Result<Self, Error> {
        let mut too_old = None;
        for folder in folders {
            let [ffmpeg, ffprobe] = ["ffmpeg", "ffprobe"].map(|name| program(folder, name));
            if !ffmpeg.is_file() || !ffprobe.is_file() {
                continue;
            }
            // Where the sandbox keeps it from its libraries, it works as it did before there was
            // one.
            let answer = [true, false].into_iter().find_map(|sandboxed| {
                ask_version(&ffprobe, sandboxed)?;
                Some((ask_version(&ffmpeg, sandboxed)?, sandboxed))
            });
            let Some((version, runs_sandboxed)) = answer else { continue };
            if is_too_old(&version) {
                too_old = too_old.or(Some(version));
                continue;
            }
            let decoders = ask(&ffmpeg, &["-hide_banner", "-decoders"], runs_sandboxed);
            let has_strict_vp9 =
                decoders.is_some_and(|list| list.split_whitespace().any(|word| word == STRICT_VP9));
            return Ok(Self { ffmpeg, ffprobe, version, runs_sandboxed, has_strict_vp9 });
        }
        Err(too_old.map_or(Error::NoFfmpeg { install: how_to_install() }, |version| {
            Error::OldFfmpeg { version, install: how_to_install() }
        }))
    }
}

fn program(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

fn usual_folders() -> Vec<PathBuf> {
    if cfg!(windows) {
        let below = |variable: &str, rest: &str| {
            std::env::var_os(variable).map(|folder| PathBuf::from(folder).join(rest))
        };
        let links = below("LOCALAPPDATA", r"Microsoft\WinGet\Links");
        let bin = below("ProgramFiles", r"ffmpeg\bin");
        links.into_iter().chain(bin).chain([PathBuf::from(r"C:\ffmpeg\bin")]).collect()
    } else {
        ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/opt/local/bin", "/snap/bin"]
            .map(PathBuf::from)
            .to_vec()
    }
}

const fn how_to_install() -> &'static str {
    if cfg!(windows) {
        "winget install ffmpeg"
    } else if cfg!(target_os = "macos") {
        "brew install ffmpeg"
    } else {
        "apt-get install ffmpeg"
    }
}

/// The third word of `ffmpeg version 5.1.9 Copyright …`.
fn ask_version(tool: &Path, sandboxed: bool) -> Option<String> {
    let text = ask(tool, &["-hide_banner", "-version"], sandboxed)?;
    let mut words = text.split_whitespace().skip_while(|word| *word != "version");
    let version = words.nth(1)?;
    Some(version.chars().take(60).collect())
}

/// What a program prints for these arguments; `None` where it fails.
fn ask(tool: &Path, args: &[&str], sandboxed: bool) -> Option<String> {
    let limits = ResourceLimits { memory_bytes: 2 << 30, cpu_s: ANSWER_TIME.as_secs() };
    let args: Vec<OsString> = args.iter().map(OsString::from).collect();
    let child = start(tool, &args, limits, Reach::nothing().sandboxed(sandboxed)).ok()?;
    let mut output = Vec::new();
    let end = run(child, ReadFrom::Output, ANSWER_TIME, &TaskCtx::silent(), |piece| {
        output.extend_from_slice(piece);
        output.len() <= ANSWER_BYTES
    });
    let is_done = end.is_ok_and(|end| end.status.is_some_and(|status| status.success()));
    is_done.then(|| String::from_utf8_lossy(&output).into_owned())
}

/// Builds from the source tree carry no number and count as new.
fn is_too_old(version: &str) -> bool {
    let number = version.strip_prefix('n').unwrap_or(version);
    let mut parts = number.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    let (Some(Ok(major)), minor) = (parts.next(), parts.next()) else { return false };
    // A date, as in `2024-01-05-git`.
    let is_date = major > 1000;
    !is_date && (major, minor.and_then(Result::ok).unwrap_or(0)) < OLDEST
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_5_1_are_too_old() {
        for old in ["4.4.2-0ubuntu0.22.04.1", "n4.4", "5.0.1", "3.4"] {
            assert!(is_too_old(old), "{old}");
        }
        for new in ["5.1.9-0+deb12u1", "n7.1", "8.0", "N-109542-g1bf1172", "2024-01-05-git-ab12"] {
            assert!(!is_too_old(new), "{new}");
        }
    }

    #[test]
    fn an_empty_folder_says_what_to_install() {
        let folder = tempfile::tempdir().unwrap();
        let error = Tools::in_folders(&[folder.path().to_owned()]).unwrap_err().to_string();
        assert!(error.contains("ffmpeg") && error.contains("install"), "{error}");
    }
}
