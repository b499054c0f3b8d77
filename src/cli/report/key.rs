//! `report new-key`: a pair of keys to sign reports with; and the passwords of keys.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use crate::base::text::visible_path;
use crate::cli::output;
use crate::files::{read_capped, write_new};
use crate::report::seal::{KeyPairTexts, new_key_pair};

/// The variable with the password of the secret key.
pub(super) const PASSWORD: &str = "PENTIMENTO_KEY_PASSWORD";
/// Largest file of a key or a signature, in bytes.
const MAX_BYTES: u64 = 64 << 10;

/// Arguments of `report new-key`.
#[derive(Debug, Args)]
pub struct NewKeyArgs {
    /// Name of the key: NAME.key is the secret key, NAME.pub the public one
    #[arg(value_name = "NAME")]
    name: PathBuf,
    /// Store the secret key in the open. Otherwise the variable `PENTIMENTO_KEY_PASSWORD` holds its
    /// password, or the terminal asks for it
    #[arg(long)]
    no_password: bool,
}

/// Makes the keys. Files that are there are not replaced.
pub(super) fn new_key(args: &NewKeyArgs) -> anyhow::Result<()> {
    let given = match password() {
        None if !args.no_password => asked_twice()?,
        given => given,
    };
    let password = match (given, args.no_password) {
        (Some(_), true) => bail!("--no-password, but the variable {PASSWORD} is set"),
        (None, false) => bail!(
            "a key needs a password: set the variable {PASSWORD}, or give --no-password to store it \
             in the open"
        ),
        (password, _) => password,
    };
    let [secret_file, public_file] =
        ["key", "pub"].map(|ending| args.name.with_added_extension(ending));
    for file in [&secret_file, &public_file] {
        if file.symlink_metadata().is_ok() {
            bail!("{} is there already", visible_path(file));
        }
    }
    let KeyPairTexts { public, secret } = new_key_pair(password)?;
    write_secret(&secret_file, &secret)?;
    let failed = || format!("cannot write {}", visible_path(&public_file));
    write_new(&public_file, public.as_bytes()).with_context(failed)?;
    output::print_lines(&[
        format!("written: {} (keep it, and a copy in another place)", visible_path(&secret_file)),
        format!("written: {} (give it to everybody)", visible_path(&public_file)),
    ])?;
    Ok(())
}

/// Only the user may read the file.
fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let failed = || format!("cannot write {}", visible_path(path));
    let mut file = options.open(path).with_context(failed)?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).with_context(failed)
}

/// A new password, asked for in the terminal until it is entered alike twice; `None` without a terminal.
fn asked_twice() -> anyhow::Result<Option<String>> {
    loop {
        let Some(first) = asked("New password of the key: ")? else { return Ok(None) };
        if asked("The same again: ")?.as_ref() == Some(&first) {
            return Ok(Some(first));
        }
        output::eprint_line("The two were not alike.");
    }
}

/// A password that a person types in the terminal; `None` without a terminal, and for an empty one.
pub(super) fn asked(prompt: &str) -> anyhow::Result<Option<String>> {
    if !std::io::stdin().is_terminal() {
        return Ok(None);
    }
    let typed = rpassword::prompt_password(prompt).context("the password cannot be read")?;
    Ok((!typed.is_empty()).then_some(typed))
}

/// The password of the secret key, if one is given.
pub(super) fn password() -> Option<String> {
    std::env::var(PASSWORD).ok().filter(|password| !password.is_empty())
}

/// The text of a key or a signature.
pub(super) fn read_text(path: &Path) -> anyhow::Result<String> {
    let bytes = read_small(path)?;
    String::from_utf8(bytes).ok().with_context(|| format!("{} is no text", visible_path(path)))
}

/// A file of at most [`MAX_BYTES`].
pub(super) fn read_small(path: &Path) -> anyhow::Result<Vec<u8>> {
    let read = read_capped(path, MAX_BYTES);
    let read = read.with_context(|| format!("cannot read {}", visible_path(path)))?;
    read.with_context(|| format!("{} is too large", visible_path(path)))
}
