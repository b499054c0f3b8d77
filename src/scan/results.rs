//! Reading results, for whoever goes on with them. They come from other machines: every line is checked.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use super::entry::Entry;
use super::record::{Failure, RecordHead};
use super::{Error, Plan};
use crate::files::{read_capped, sha256_of_file};

/// Longest line in bytes that is read: one of this size takes about a gigabyte of memory.
const MAX_LINE_BYTES: u64 = 64 << 20;
/// Most bytes of a summary.
const MAX_SUMMARY_BYTES: u64 = 64 << 20;

/// One line of results.
#[derive(Debug)]
pub struct ResultLine {
    /// Path below the root of the scan.
    pub path: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: Option<String>,
    /// Where it came from, in the words of the manifest.
    pub source: Option<String>,
    /// Why nothing was examined.
    pub failure: Option<Failure>,
    /// The object of `inspect --json`.
    pub inspect: Option<Value>,
    /// The object of `metadata --json`.
    pub metadata: Option<Value>,
}

/// A line that is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: u64,
    /// What is wrong with it.
    pub why: String,
}

/// The lines of a file of results, one after the other.
#[derive(Debug)]
pub struct Results {
    path: PathBuf,
    reader: BufReader<File>,
    number: u64,
    /// What the scan was, if that lies beside the lines.
    pub plan: Option<Plan>,
}

#[derive(Deserialize)]
struct SummaryHead {
    #[serde(flatten)]
    plan: Plan,
    results_sha256: String,
}

#[derive(Deserialize)]
struct Objects {
    sha256: Option<String>,
    source: Option<String>,
    inspect: Option<Value>,
    metadata: Option<Value>,
}

impl Results {
    /// Opens `results.jsonl` (or the folder it lies in), or the lines of a shard. Beside the first a
    /// `summary.json` has to be of these lines.
    ///
    /// # Errors
    ///
    /// [`Error::Output`], [`Error::NotOurs`].
    pub fn open(path: &Path) -> Result<Self, Error> {
        let merged = path.join("results.jsonl");
        let path = if path.is_dir() { merged.as_path() } else { path };
        if !path.is_file() && path == merged {
            let what = "it is not there; pentimento merge makes it from the lines of all shards";
            return Err(Error::NotOurs { path: merged, what: what.to_owned() });
        }
        if !std::fs::metadata(path).map_err(Error::output(path))?.is_file() {
            let what = "it is not a regular file".to_owned();
            return Err(Error::NotOurs { path: path.to_path_buf(), what });
        }
        let folder = path.parent().unwrap_or(path);
        let plan = match summary_of(path, folder)? {
            Some(plan) => Some(plan),
            None => Plan::read(folder)?,
        };
        let file = File::open(path).map_err(Error::output(path))?;
        let reader = BufReader::with_capacity(1 << 16, file);
        Ok(Self { path: path.to_path_buf(), reader, number: 0, plan })
    }

    fn line(&mut self) -> std::io::Result<Option<Result<Vec<u8>, String>>> {
        let mut line = Vec::new();
        let limit = MAX_LINE_BYTES.saturating_add(1);
        if self.reader.by_ref().take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        self.number = self.number.saturating_add(1);
        if line.pop_if(|last| *last == b'\n').is_some() {
            return Ok(Some(Ok(line)));
        }
        if line.len() as u64 >= limit {
            self.reader.skip_until(b'\n')?;
            return Ok(Some(Err(format!("it has more than {MAX_LINE_BYTES} bytes"))));
        }
        Ok(Some(Err("it was not finished".to_owned())))
    }
}

impl Iterator for Results {
    type Item = Result<Result<ResultLine, BadLine>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.line() {
            Err(error) => Some(Err(Error::output(&self.path)(error))),
            Ok(line) => {
                let read = line?.and_then(|line| parse(&line));
                Some(Ok(read.map_err(|why| BadLine { number: self.number, why })))
            }
        }
    }
}

/// The plan of a union, if it lies beside its lines and is theirs.
fn summary_of(path: &Path, folder: &Path) -> Result<Option<Plan>, Error> {
    let summary = folder.join("summary.json");
    if path.file_name().is_none_or(|name| name != "results.jsonl") || !summary.is_file() {
        return Ok(None);
    }
    let not_ours = |what: String| Error::NotOurs { path: summary.clone(), what };
    let bytes = read_capped(&summary, MAX_SUMMARY_BYTES).map_err(Error::output(&summary))?;
    let bytes = bytes.ok_or_else(|| not_ours("it is too large".to_owned()))?;
    let head: SummaryHead =
        serde_json::from_slice(&bytes).map_err(|error| not_ours(error.to_string()))?;
    if sha256_of_file(path).map_err(Error::output(path))? != head.results_sha256 {
        let what = "the results.jsonl beside it is not the one it was written for".to_owned();
        return Err(not_ours(what));
    }
    Ok(Some(head.plan))
}

fn parse(line: &[u8]) -> Result<ResultLine, String> {
    let text = std::str::from_utf8(line).map_err(|_utf8| "it is not UTF-8".to_owned())?;
    let no_result = |error: serde_json::Error| format!("it is no result: {error}");
    let head: RecordHead = serde_json::from_str(text).map_err(no_result)?;
    let found: Objects = serde_json::from_str(text).map_err(no_result)?;
    let Objects { sha256, source, inspect, metadata } = found;
    // The rules are those of manifests, whoever wrote the line.
    let entry = Entry::new(head.path, sha256, source);
    if let Some(why) = entry.refusal {
        return Err(why);
    }
    let Entry { path, sha256, source, .. } = entry;
    Ok(ResultLine { path, sha256, source, failure: head.failure, inspect, metadata })
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "abababababababababababababababababababababababababababababababab";

    fn read(text: &[u8]) -> Vec<Result<ResultLine, BadLine>> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("shard-0-of-1.jsonl");
        std::fs::write(&path, text).unwrap();
        Results::open(&path).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn lines_are_read_and_what_is_none_is_named_by_its_number() {
        let good = format!(
            r#"{{"path":"a/./b.jpg","sha256":"{HASH}","inspect":{{"x":1}},"seconds":1,"attempts":1}}"#
        );
        let failed =
            r#"{"path":"c","sha256":null,"failure":{"class":"killed","why":"w"},"attempts":1}"#;
        let wrong = [
            "",
            "[]",
            "{",
            r#"{"path":"/etc/passwd","attempts":1}"#,
            r#"{"path":"../x","attempts":1}"#,
            r#"{"path":"a","sha256":"12","attempts":1}"#,
            r#"{"path":"a","failure":{"class":"danced","why":""},"attempts":1}"#,
        ];
        let text = format!("{good}\n{failed}\n{}\n{{\"path\":", wrong.join("\n"));
        let lines = read(text.as_bytes());
        assert_eq!(lines.len(), 2 + wrong.len() + 1);
        let first = lines[0].as_ref().unwrap();
        assert_eq!((first.path.as_str(), first.sha256.as_deref()), ("a/b.jpg", Some(HASH)));
        assert!(first.inspect.is_some() && first.metadata.is_none());
        assert!(lines[1].as_ref().unwrap().failure.is_some());
        for (i, line) in lines.iter().enumerate().skip(2) {
            assert_eq!(line.as_ref().unwrap_err().number, i as u64 + 1, "{line:?}");
        }
        assert!(read(b"{\"path\":\"\xff\",\"attempts\":1}\n")[0].is_err());
    }

    #[test]
    fn deep_and_long_lines_end_no_program() {
        let deep = format!(
            r#"{{"path":"a","attempts":1,"inspect":{}1{}}}"#,
            "[".repeat(100_000),
            "]".repeat(100_000)
        );
        let mut text = deep.into_bytes();
        text.push(b'\n');
        text.extend(std::iter::repeat_n(b'x', MAX_LINE_BYTES as usize + 10));
        text.extend(b"\n{\"path\":\"a\",\"attempts\":1}\n");
        let lines = read(&text);
        assert_eq!(lines.iter().map(Result::is_ok).collect::<Vec<_>>(), [false, false, true]);
        assert!(lines[1].as_ref().unwrap_err().why.contains("bytes"));
    }

    #[test]
    fn a_summary_of_other_lines_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Results::open(folder.path()).unwrap_err().to_string().contains("merge"));
        let lines = folder.path().join("results.jsonl");
        std::fs::write(&lines, "{\"path\":\"a\",\"attempts\":1}\n").unwrap();
        assert!(Results::open(folder.path()).unwrap().plan.is_none());
        let summary = |sha256: &str| {
            format!(
                r#"{{"format":1,"program":"1.0","manifest_sha256":"","root_sha256":"","shards":1,
                "only":["inspect"],"quick":false,"detector":"lae","detector_sha256":"cd",
                "file_seconds":1,"file_bytes":1,"files":1,"results_sha256":"{sha256}"}}"#
            )
        };
        let sha256 = sha256_of_file(&lines).unwrap();
        std::fs::write(folder.path().join("summary.json"), summary(&sha256)).unwrap();
        let plan = Results::open(&lines).unwrap().plan.unwrap();
        assert_eq!((plan.program.as_str(), plan.detector.as_str()), ("1.0", "lae"));
        std::fs::write(&lines, "{\"path\":\"b\",\"attempts\":1}\n").unwrap();
        let error = Results::open(&lines).unwrap_err();
        assert!(error.to_string().contains("not the one"), "{error}");
    }
}
