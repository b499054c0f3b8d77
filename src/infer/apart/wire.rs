//! What parent and child say to one another.

#![deny(clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::ffi::OsString;
use std::io::{self, BufRead, ErrorKind, Read, Write};
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::base::Tensor;
use crate::infer::{Error, Provider};

/// Most bytes of a line.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// Most axes of a tensor.
const MAX_AXES: usize = 16;

/// How the child runs the model, as its arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Job {
    /// ONNX Runtime, or else `rten`.
    pub(super) library: Option<PathBuf>,
    pub(super) provider: Provider,
    pub(super) n_threads: usize,
    pub(super) run_limit: Option<Duration>,
    /// Bytes of the card and of the model, which come first.
    pub(super) n_bytes: (usize, usize),
}

impl Job {
    pub(super) fn words(&self) -> Vec<OsString> {
        let ms = self.run_limit.map_or(0, |limit| limit.as_millis());
        let (card, model) = self.n_bytes;
        let mut words: Vec<OsString> = vec![self.provider.as_str().into()];
        words.extend([self.n_threads, card, model].map(|n| n.to_string().into()));
        words.push(ms.to_string().into());
        words.extend(self.library.clone().map(PathBuf::into_os_string));
        words
    }

    pub(super) fn from_words(words: &[OsString]) -> Option<Self> {
        let (provider, n_threads, card, model, ms, library) = match words {
            [a, b, c, d, e] => (a, b, c, d, e, None),
            [a, b, c, d, e, library] => (a, b, c, d, e, Some(PathBuf::from(library))),
            _ => return None,
        };
        let number = |word: &OsString| word.to_str()?.parse().ok();
        let ms: u64 = ms.to_str()?.parse().ok()?;
        Some(Self {
            library,
            provider: provider.to_str()?.parse().ok()?,
            n_threads: number(n_threads)?,
            run_limit: (ms > 0).then(|| Duration::from_millis(ms)),
            n_bytes: (number(card)?, number(model)?),
        })
    }
}

/// What the child answers. Values follow those that have some.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum ModelReply {
    /// The engine has started; no byte of the model was looked at.
    Started,
    /// The model is loaded: the provider that runs its nodes.
    Loaded {
        provider: String,
    },
    /// It has run: the shapes of its outputs.
    Ran {
        shapes: Vec<Vec<usize>>,
    },
    Failed(Failure),
}

/// Errors of [`Error`] that a model can cause.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Failure {
    Model(String),
    Provider(String, String),
    Run(String),
    NotFinite(String),
}

impl Failure {
    pub(super) fn new(error: Error) -> Self {
        match error {
            Error::Model { what, .. } => Self::Model(what),
            Error::Provider { reason, remedy, .. } => Self::Provider(reason, remedy),
            Error::NotFinite { output, .. } => Self::NotFinite(output),
            Error::Run { what, .. } => Self::Run(what),
            other => Self::Run(other.to_string()),
        }
    }

    pub(super) fn error(self, name: &str, provider: Provider) -> Error {
        let name = name.to_owned();
        match self {
            Self::Model(what) => Error::Model { name, what },
            Self::Provider(reason, remedy) => Error::Provider { provider, reason, remedy },
            Self::Run(what) => Error::Run { name, what },
            Self::NotFinite(output) => Error::NotFinite { name, output },
        }
    }
}

/// Writes a line of JSON.
pub(super) fn write_line(to: &mut impl Write, what: &impl Serialize) -> io::Result<()> {
    writeln!(to, "{}", serde_json::to_string(what)?)
}

/// Reads a line of JSON; `None` at the end.
pub(super) fn read_line<T: for<'a> Deserialize<'a>>(
    from: &mut impl BufRead,
) -> io::Result<Option<T>> {
    let mut line = Vec::new();
    from.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', &mut line)?;
    match line.split_last() {
        None => Ok(None),
        Some((b'\n', text)) => Ok(Some(serde_json::from_slice(text)?)),
        // It was cut off or has no end.
        Some(_) => Err(ErrorKind::InvalidData.into()),
    }
}

/// The values of tensors, in their order.
pub(super) fn write_values(to: &mut impl Write, values: &[f32]) -> io::Result<()> {
    // Not the whole tensor twice.
    for part in values.chunks(1 << 16) {
        let bytes: Vec<u8> = part.iter().flat_map(|value| value.to_le_bytes()).collect();
        to.write_all(&bytes)?;
    }
    Ok(())
}

/// A tensor of this shape and at most so many values.
pub(super) fn read_tensor(
    from: &mut impl Read,
    shape: Vec<usize>,
    most: usize,
) -> io::Result<Tensor> {
    let n = shape.iter().try_fold(1usize, |n, axis| n.checked_mul(*axis));
    let n = n.filter(|n| *n <= most && shape.len() <= MAX_AXES).ok_or(ErrorKind::InvalidData)?;
    let n_bytes = n.checked_mul(4).ok_or(ErrorKind::InvalidData)?;
    let mut bytes = Vec::new();
    from.take(n_bytes as u64).read_to_end(&mut bytes)?;
    let (quads, rest) = bytes.as_chunks::<4>();
    if quads.len() != n || !rest.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let data = quads.iter().map(|quad| f32::from_le_bytes(*quad)).collect();
    Tensor::new(shape, data).ok_or_else(|| ErrorKind::InvalidData.into())
}

/// Entry for `tests/fuzz`: what a child that a model has taken over may answer.
#[cfg(fuzzing)]
pub fn fuzz(bytes: &[u8]) {
    let mut from = bytes;
    while let Ok(Some(reply)) = read_line::<ModelReply>(&mut from) {
        if let ModelReply::Ran { shapes } = reply {
            for shape in shapes {
                drop(read_tensor(&mut from, shape, 1 << 16));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_comes_back_from_its_words() {
        let plain = Job {
            library: None,
            provider: Provider::Cpu,
            n_threads: 3,
            run_limit: None,
            n_bytes: (7, 9),
        };
        let full = Job {
            library: Some("/a b/lib.so".into()),
            provider: Provider::Cpu,
            n_threads: 3,
            run_limit: Some(Duration::from_millis(1500)),
            n_bytes: (7, 9),
        };
        for job in [plain, full] {
            assert_eq!(Job::from_words(&job.words()), Some(job));
        }
        assert_eq!(Job::from_words(&["cpu".into()]), None);
    }

    #[test]
    fn lines_and_tensors_come_back_and_absurd_ones_do_not() {
        let mut sent = Vec::new();
        let answer = ModelReply::Ran { shapes: vec![vec![1, 2]] };
        write_line(&mut sent, &answer).unwrap();
        write_values(&mut sent, &[0.5, -1.0]).unwrap();
        let mut from = sent.as_slice();
        assert_eq!(read_line::<ModelReply>(&mut from).unwrap(), Some(answer));
        let tensor = read_tensor(&mut from, vec![1, 2], 2).unwrap();
        assert_eq!(tensor.data, [0.5, -1.0]);
        assert_eq!(read_line::<ModelReply>(&mut from).unwrap(), None, "the end");
        let read = |shape: &[usize]| read_tensor(&mut [0u8; 8].as_slice(), shape.to_vec(), 9);
        assert!(read(&[2]).is_ok() && read(&[3]).is_err(), "cut off");
        assert!(read(&[10]).is_err() && read(&[usize::MAX, 2]).is_err() && read(&[1; 17]).is_err());
        let long = vec![b'x'; (MAX_LINE_BYTES + 2) as usize];
        assert!(read_line::<ModelReply>(&mut long.as_slice()).is_err(), "a line without end");
    }

    #[test]
    fn errors_keep_their_kind() {
        let name = || "m".to_owned();
        for error in [
            Error::Model { name: name(), what: "w".to_owned() },
            Error::Run { name: name(), what: "w".to_owned() },
            Error::NotFinite { name: name(), output: "o".to_owned() },
            Error::Provider {
                provider: Provider::Cuda,
                reason: "r".to_owned(),
                remedy: "s".to_owned(),
            },
        ] {
            let message = error.to_string();
            assert_eq!(Failure::new(error).error("m", Provider::Cuda).to_string(), message);
        }
    }
}
