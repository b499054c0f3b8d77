//! The program and how it was called.

use std::borrow::Cow;

use crate::files::sha256_of_file;
use crate::report::record::ProgramFacts;

pub fn program_facts() -> ProgramFacts {
    let file = std::env::current_exe().ok();
    ProgramFacts {
        name: env!("CARGO_PKG_NAME").to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        sha256: file.and_then(|file| sha256_of_file(&file).ok()),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    }
}

/// The words as one line for a POSIX shell.
pub fn shell_line(arguments: &[String]) -> String {
    let quoted: Vec<Cow<'_, str>> = arguments.iter().map(|word| quote(word)).collect();
    quoted.join(" ")
}

fn quote(word: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=+@%".contains(c);
    if !word.is_empty() && word.chars().all(is_plain) {
        Cow::Borrowed(word)
    } else {
        Cow::Owned(format!("'{}'", word.replace('\'', r"'\''")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn a_shell_reads_the_same_words() {
        let arguments = ["a b", "it's", "$(id)", "", "-x", "café", "a\nb", "`x`;*"];
        let line = shell_line(&arguments.map(str::to_owned));
        let script = format!("printf '%s\\0' {line}");
        let out = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        let back = String::from_utf8(out.stdout).unwrap();
        assert_eq!(back.split_terminator('\0').collect::<Vec<_>>(), arguments);
        assert_eq!(shell_line(&["inspect".to_owned(), "a.jpg".to_owned()]), "inspect a.jpg");
    }
}
